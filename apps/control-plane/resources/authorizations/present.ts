import type { OAuthAuthorization as AuthorizationShape } from '@heroku-cli/schema';
import type { Account, Authorization } from '@jangada/core';

/**
 * `token` is the token itself right after it was made, the redacted form for the one that asks, and null for the others:
 * tokens are stored hashed and cannot be shown again.
 */
export function presentAuthorization(
  account: Account,
  authorization: Authorization,
  token: string | null,
  now: Date,
): AuthorizationShape {
  const { expiresAt } = authorization;
  const expiresIn = expiresAt === null ? null : Math.max(0, Math.round((expiresAt.getTime() - now.getTime()) / 1_000));
  return {
    access_token: {
      id: authorization.id,
      expires_in: expiresIn,
      ...(token === null ? {} : { token }),
    },
    client: null,
    created_at: authorization.createdAt.toISOString(),
    description: authorization.description,
    grant: null,
    id: authorization.id,
    refresh_token: null,
    scope: [...authorization.scope],
    session: null,
    updated_at: authorization.updatedAt.toISOString(),
    user: { id: account.id, email: account.email, full_name: account.name },
  };
}
