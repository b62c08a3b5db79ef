import { PlatformError } from '@jangada/platform-api';

/** Counts what is open at one time, by key. */
export interface Slots {
  /** Throws `rate_limit` when all of the key's are taken. */
  take(key: string): void;
  give(key: string): void;
}

/** `what` completes the sentence "At most 100 …". */
export function createSlots(limit: number, what: string): Slots {
  const taken = new Map<string, number>();
  return {
    take(key) {
      const count = taken.get(key) ?? 0;
      if (count >= limit) throw new PlatformError('rate_limit', `At most ${limit} ${what}. Close some first.`);
      taken.set(key, count + 1);
    },
    give(key) {
      const count = (taken.get(key) ?? 0) - 1;
      if (count > 0) taken.set(key, count);
      else taken.delete(key);
    },
  };
}
