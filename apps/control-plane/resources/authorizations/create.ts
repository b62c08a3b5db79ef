import type { Account } from '@jangada/core';
import { isPlatformError } from '@jangada/platform-api';
import type { CreateAuthorizationRequest } from '@jangada/platform-api/requests';
import { authenticate } from '../../auth/authenticate.ts';
import { readCredentials } from '../../auth/credentials.ts';
import type { FailedLogins } from '../../auth/failed-logins.ts';
import { logIn } from '../../auth/log-in.ts';
import { readScopes, requireScope } from '../../auth/scope.ts';
import type { PublicCall } from '../../http/route.ts';
import { issueAuthorization, type NewAuthorization } from './issue.ts';

/** Makes a token for who sends a valid one, or an e-mail address and password (`heroku login -i`, cli-contract 3.6). */
export async function createAuthorization(
  call: PublicCall<CreateAuthorizationRequest>,
  failedLogins: FailedLogins,
): Promise<NewAuthorization> {
  const { context, body } = call;
  const scope = readScopes(body.scope);
  const account = await whoAsks(call, failedLogins);
  return issueAuthorization(context, account, {
    description: body.description ?? 'Long-lived user authorization',
    scope,
    expiresInSeconds: body.expires_in ?? null,
  });
}

async function whoAsks(call: PublicCall, failedLogins: FailedLogins): Promise<Account> {
  const { context, address, headers } = call;
  try {
    const { account, authorization } = await authenticate(context, headers.authorization);
    requireScope(authorization.scope, 'POST', '/oauth/authorizations');
    return account;
  } catch (error) {
    const credentials = readCredentials(headers.authorization);
    if (!isPlatformError(error, 'unauthorized') || credentials?.kind !== 'basic') throw error;
    return logIn(context, failedLogins, { email: credentials.user, password: credentials.password, address });
  }
}
