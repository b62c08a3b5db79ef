import type { Ids } from '@jangada/core';

/** Ids that a test can predict: `00000000-0000-7000-8000-000000000001` and so on; secrets count too; integers go round. */
export function createSequentialIds(): Ids {
  let uuids = 0;
  let secrets = 0;
  let integers = 0;
  return {
    uuid() {
      uuids += 1;
      return `00000000-0000-7000-8000-${uuids.toString(16).padStart(12, '0')}`;
    },
    secret(bytes = 32) {
      secrets += 1;
      return secrets
        .toString(16)
        .padStart(bytes * 2, '0')
        .slice(-bytes * 2);
    },
    integer(min, max) {
      return min + (integers++ % (max - min + 1));
    },
  };
}
