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
  failedLogins.requireRoom(email, attempt.address);
  const { accounts } = context.store.rows;
  const account = await accounts.find({ email });
  const matches = await verifyPassword(attempt.password, account?.passwordHash ?? null);
  if (!account || !matches) {
    failedLogins.add(email, attempt.address);
    throw new PlatformError('unauthorized', 'Invalid credentials provided. Check the e-mail address and the password.');
  }
  requireActive(account);
  await accounts.update(account.id, { lastLogin: context.clock.now() });
  return account;
}
