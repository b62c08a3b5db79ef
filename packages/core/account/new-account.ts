import type { Ids } from '../ports/ids.ts';
import type { Account, Authorization } from './account.ts';
import { hashPassword } from './password.ts';
import { hashToken } from './token.ts';

/** What somebody logs in with, as it is shown once. */
export interface NewAccount {
  readonly email: string;
  readonly password: string;
  readonly token: string;
  /** Of the token, as `heroku authorizations` shows it. */
  readonly description: string;
}

/** The rows of an account that can do everything with its own apps. Password and token are stored hashed. */
export async function newAccountRows(
  ids: Ids,
  now: Date,
  { email, password, token, description }: NewAccount,
): Promise<{ readonly account: Account; readonly authorization: Authorization }> {
  const account: Account = {
    id: ids.uuid(),
    email: email.trim().toLowerCase(),
    name: null,
    passwordHash: await hashPassword(password),
    suspendedAt: null,
    lastLogin: null,
    createdAt: now,
    updatedAt: now,
  };
  const authorization: Authorization = {
    id: ids.uuid(),
    accountId: account.id,
    description,
    scope: ['global'],
    tokenHash: hashToken(token),
    expiresAt: null,
    createdAt: now,
    updatedAt: now,
  };
  return { account, authorization };
}
