import { timingSafeEqual } from 'node:crypto';
import { PlatformError } from '@jangada/platform-api';
import { unauthorized } from '../../auth/authenticate.ts';
import { readCredentials } from '../../auth/credentials.ts';
import type { PublicCall } from '../../http/route.ts';
import type { PendingLogin, PendingLogins } from './pending-logins.ts';

/** Below the 60 s after which the CLI gives up for good; a 503 makes it ask again (cli-contract 3.6). */
const HOLD_MS = 50_000;

/** What the CLI polls: the token once the person has logged in. */
export async function waitForBrowserLogin(call: PublicCall, logins: PendingLogins): Promise<object> {
  const { context, params, headers, gone } = call;
  const login = logins.find(params['login'] ?? '');
  const credentials = readCredentials(headers.authorization);
  if (!login || credentials?.kind !== 'bearer' || !isSecretOf(login, credentials.token)) throw unauthorized();
  const tired = new AbortController();
  const signal = AbortSignal.any([tired.signal, gone]);
  const timeout = context.clock.sleep(HOLD_MS, signal).then(
    () => null,
    () => null,
  );
  const outcome = await Promise.race([login.outcome.promise, timeout]);
  tired.abort();
  if (outcome === null) {
    throw new PlatformError('login_pending', 'Nobody has logged in yet. Ask again.', { resource: 'login' });
  }
  logins.forget(login);
  return { access_token: outcome.accessToken };
}

function isSecretOf(login: PendingLogin, given: string): boolean {
  return given.length === login.secret.length && timingSafeEqual(Buffer.from(given), Buffer.from(login.secret));
}
