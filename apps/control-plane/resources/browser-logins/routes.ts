import { PlatformError } from '@jangada/platform-api';
import { BrowserLoginForm, OpenBrowserLoginRequest } from '@jangada/platform-api/requests';
import type { FailedLogins } from '../../auth/failed-logins.ts';
import { publicRoute, type Route } from '../../http/route.ts';
import { formPage, gonePage } from './page.ts';
import type { PendingLogins } from './pending-logins.ts';
import { submitBrowserLogin } from './submit.ts';
import { waitForBrowserLogin } from './wait.ts';

/** `heroku login` through the browser (cli-contract 3.6), at the login host `…/cli-auth`. */
export function browserLoginRoutes(logins: PendingLogins, failedLogins: FailedLogins): readonly Route[] {
  return [
    publicRoute({
      method: 'POST',
      path: '/cli-auth/auth',
      body: OpenBrowserLoginRequest,
      status: 201,
      async handle({ body }) {
        const login = logins.open(body.description ?? 'Heroku CLI login');
        if (!login) throw new PlatformError('rate_limit', 'Too many logins are under way. Try again in a few minutes.');
        return { browser_url: `/auth/browser/${login.id}`, cli_url: `/auth/cli/${login.id}`, token: login.secret };
      },
    }),
    publicRoute({
      method: 'GET',
      path: '/cli-auth/auth/browser/:login',
      stream: true,
      async handle({ params }) {
        const login = logins.find(params['login'] ?? '');
        return login ? formPage(login.description, '', null, 200) : gonePage();
      },
    }),
    publicRoute({
      method: 'POST',
      path: '/cli-auth/auth/browser/:login',
      body: BrowserLoginForm,
      stream: true,
      handle: (call) => submitBrowserLogin(call, logins, failedLogins),
    }),
    publicRoute({
      method: 'GET',
      path: '/cli-auth/auth/cli/:login',
      handle: (call) => waitForBrowserLogin(call, logins),
    }),
  ];
}
