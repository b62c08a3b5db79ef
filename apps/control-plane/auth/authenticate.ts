import { type Account, type Authorization, hashToken } from '@jangada/core';
import { PlatformError } from '@jangada/platform-api';
import type { Context } from '../context.ts';
import { readCredentials } from './credentials.ts';
import { redactToken } from './token.ts';

/** Who asks, and with which token. */
export interface Actor {
  readonly account: Account;
  readonly authorization: Authorization;
  /** The token as it may be shown again, for example `JNGD-3f9a**********77c1`. */
  readonly redactedToken: string;
}

/**
 * Finds who sent an `Authorization` header: `Bearer TOKEN`, or Basic with the token as password and any user name (git,
 * curl). Throws `unauthorized`, or `suspended` for an account that was shut out.
 */
export async function authenticate(context: Context, header: string | undefined): Promise<Actor> {
  const credentials = readCredentials(header);
  if (!credentials) throw unauthorized();
  const token = credentials.kind === 'bearer' ? credentials.token : credentials.password;
  const authorization = await context.store.rows.authorizations.find({ tokenHash: hashToken(token) });
  if (!authorization) throw unauthorized();
  const account = await holderOf(context, authorization);
  return { account, authorization, redactedToken: redactToken(token) };
}

/** Whose authorization this is. Throws `unauthorized` when it has expired, `suspended` as `authenticate`. */
export async function holderOf(context: Context, authorization: Authorization): Promise<Account> {
  if (isExpired(authorization, context.clock.now())) throw unauthorized();
  const account = await context.store.rows.accounts.get(authorization.accountId);
  if (!account) throw unauthorized();
  requireActive(account);
  return account;
}

/** Throws `suspended` for an account that was shut out. */
export function requireActive(account: Account): void {
  if (account.suspendedAt) {
    throw new PlatformError(
      'suspended',
      `The account ${account.email} is suspended. Ask the operator of this Jangada.`,
    );
  }
}

export function unauthorized(): PlatformError {
  return new PlatformError('unauthorized', 'Invalid credentials provided. Log in with `heroku login -i`.');
}

function isExpired(authorization: Authorization, now: Date): boolean {
  return authorization.expiresAt !== null && authorization.expiresAt <= now;
}
