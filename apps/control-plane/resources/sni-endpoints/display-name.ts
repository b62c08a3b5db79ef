import { type Rows, SNI_ENDPOINT_NAME } from '@jangada/core';
import { PlatformError } from '@jangada/platform-api';

/** A display name that no other certificate of the app has. Throws `invalid_params`. */
export async function readDisplayName(
  rows: Rows,
  appId: string,
  text: string | null,
  ownId: string | null,
): Promise<string | null> {
  if (text === null) return null;
  if (!SNI_ENDPOINT_NAME.test(text)) {
    throw new PlatformError(
      'invalid_params',
      'A display name has 3 to 30 lower-case letters, digits and dashes, and starts with a letter.',
    );
  }
  const others = (await rows.sniEndpoints.list({ appId })).filter((one) => one.id !== ownId);
  if (others.some((one) => one.displayName === text || one.name === text)) {
    throw new PlatformError('invalid_params', `Another certificate of this app is called ${text} already.`);
  }
  return text;
}
