import type { Account, Authorization } from '@jangada/core';
import { type CreateAuthorizationRequest, isPlatformError } from '@jangada/platform-api';
import { authenticate } from '../../auth/authenticate.ts';
import { readCredentials } from '../../auth/credentials.ts';
import type { FailedLogins } from '../../auth/failed-logins.ts';
import { logIn } from '../../auth/log-in.ts';
import { readScopes, requireScope } from '../../auth/scope.ts';
import { hashToken } from '../../auth/token.ts';
import { recordEvent } from '../../changes/record-event.ts';
import type { Context } from '../../context.ts';
import type { PublicCall } from '../../http/route.ts';

export interface NewAuthorization {
  readonly account: Account;
  readonly authorization: Authorization;
  /** Shown now and never again. */
  readonly token: string;
}

/** Makes a token for who sends a valid one, or an e-mail address and password (`heroku login -i`, cli-contract 3.6). */
export async function createAuthorization(
  call: PublicCall<CreateAuthorizationRequest>,
  failedLogins: FailedLogins,
): Promise<NewAuthorization> {
  const { context, body } = call;
  const scope = readScopes(body.scope);
  const account = await whoAsks(call, failedLogins);
  const token = newToken(context);
  const now = context.clock.now();
  const expiresAt = body.expires_in ? new Date(now.getTime() + body.expires_in * 1_000) : null;
  const authorization: Authorization = {
    id: context.ids.uuid(),
    accountId: account.id,
    description: body.description ?? 'Long-lived user authorization',
    scope,
    tokenHash: hashToken(token),
    expiresAt,
    createdAt: now,
    updatedAt: now,
  };
  await context.store.transaction(async (tx) => {
    await tx.authorizations.insert(authorization);
    await recordEvent(context, tx, {
      appId: null,
      actorId: account.id,
      entity: 'api:oauth-authorization',
      action: 'create',
      data: { id: authorization.id, scope },
    });
  });
  return { account, authorization, token };
}

export function newToken(context: Context): string {
  return `JNGD-${context.ids.secret(32)}`;
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
