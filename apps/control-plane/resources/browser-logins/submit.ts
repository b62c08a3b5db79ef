import { isPlatformError } from '@jangada/platform-api';
import type { BrowserLoginForm } from '@jangada/platform-api/requests';
import type { FailedLogins } from '../../auth/failed-logins.ts';
import { logIn } from '../../auth/log-in.ts';
import type { PublicCall, StreamReply } from '../../http/route.ts';
import { issueAuthorization } from '../authorizations/issue.ts';
import { donePage, formPage, gonePage } from './page.ts';
import type { PendingLogins } from './pending-logins.ts';

/** Seconds that a login lasts, as that of `login -i` (cli-contract 3.6). */
const LOGIN_SECONDS = 30 * 24 * 3_600;

/** Checks what the person filled in and hands a token to the CLI that waits; a wrong password shows the form again. */
export async function submitBrowserLogin(
  call: PublicCall<BrowserLoginForm>,
  logins: PendingLogins,
  failedLogins: FailedLogins,
): Promise<StreamReply> {
  const { context, body, address, params } = call;
  const login = logins.find(params['login'] ?? '');
  if (!login) return gonePage();
  try {
    const account = await logIn(context, failedLogins, { ...body, address });
    const { token } = await issueAuthorization(context, account, {
      description: login.description,
      scope: ['global'],
      expiresInSeconds: LOGIN_SECONDS,
    });
    login.outcome.resolve({ accessToken: token });
    return donePage(account.email);
  } catch (error) {
    if (!isPlatformError(error)) throw error;
    return formPage(login.description, body.email, error.message, error.status);
  }
}
