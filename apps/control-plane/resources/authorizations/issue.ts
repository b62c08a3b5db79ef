import { type Account, type Authorization, hashToken } from '@jangada/core';
import type { Scope } from '../../auth/scope.ts';
import { recordEvent } from '../../changes/record-event.ts';
import type { Context } from '../../context.ts';

export interface NewAuthorization {
  readonly account: Account;
  readonly authorization: Authorization;
  /** Shown now and never again. */
  readonly token: string;
}

export interface AuthorizationTerms {
  readonly description: string;
  readonly scope: readonly Scope[];
  /** Null: never. */
  readonly expiresInSeconds: number | null;
}

/** Gives an account a token on these terms. */
export async function issueAuthorization(
  context: Context,
  account: Account,
  { description, scope, expiresInSeconds }: AuthorizationTerms,
): Promise<NewAuthorization> {
  const token = newToken(context);
  const now = context.clock.now();
  const authorization: Authorization = {
    id: context.ids.uuid(),
    accountId: account.id,
    description,
    scope,
    tokenHash: hashToken(token),
    expiresAt: expiresInSeconds === null ? null : new Date(now.getTime() + expiresInSeconds * 1_000),
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
