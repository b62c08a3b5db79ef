import { PlatformError } from '@jangada/platform-api';
import { readCredentials } from '../../auth/credentials.ts';
import type { AccountCall } from '../../http/route.ts';

/** The app that a call to the exec manager is about: the user name of its Basic credentials. Throws `bad_request` without one. */
export function appNameOf({ headers }: Pick<AccountCall, 'headers'>): string {
  const credentials = readCredentials(headers.authorization);
  if (credentials?.kind === 'basic' && credentials.user !== '') return credentials.user;
  throw new PlatformError('bad_request', 'Send Basic credentials: the name of the app and your token.');
}
