import { type Account, verifyPassword } from '@jangada/core';
import { PlatformError } from '@jangada/platform-api';
import type { Context } from '../context.ts';
import { requireActive } from './authenticate.ts';
import type { FailedLogins } from './failed-logins.ts';

export interface LoginAttempt {
  readonly email: string;
  readonly password: string;
  /** Address of the client's end of the connection. */
  readonly address: string;
}

/** The account with this e-mail address and password. Throws `unauthorized`, `suspended` or `rate_limit`. */
export async function logIn(context: Context, failedLogins: FailedLogins, attempt: LoginAttempt): Promise<Account> {
  const email = attempt.email.trim().toLowerCase();
  const account = await failedLogins.attempt(email, attempt.address, () => accountOf(context, email, attempt.password));
  if (!account) {
    throw new PlatformError('unauthorized', 'Invalid credentials provided. Check the e-mail address and the password.');
  }
  requireActive(account);
  await context.store.rows.accounts.update(account.id, { lastLogin: context.clock.now() });
  return account;
}

async function accountOf({ store }: Context, email: string, password: string): Promise<Account | null> {
  const account = await store.rows.accounts.find({ email });
  const matches = await verifyPassword(password, account?.passwordHash ?? null);
  return matches ? account : null;
}
