import {
  type Account,
  type Clock,
  type Ids,
  type NewAccount,
  newAccountRows,
  type Rows,
  type Store,
} from '@jangada/core';
import { isPlatformError, PlatformError } from '@jangada/platform-api';

/** What making an account needs. */
export interface AccountContext {
  readonly store: Store;
  readonly clock: Pick<Clock, 'now'>;
  readonly ids: Ids;
}

/** One account, as the operator sees it. */
export interface AccountSummary {
  readonly email: string;
  readonly createdAt: Date;
  readonly lastLogin: Date | null;
  /** Names of the apps that it owns. */
  readonly owns: readonly string[];
}

/** Names that nobody could log in with, or that a shell or terminal would read otherwise, are none. */
const EMAIL = /^[^\s@"'<>()\\,;:\x00-\x1f\x7f]{1,64}@[A-Za-z0-9.-]{1,253}$/;

export async function listAccounts({ rows }: Store): Promise<readonly AccountSummary[]> {
  const [accounts, apps] = await Promise.all([rows.accounts.list(undefined, { orderBy: 'email' }), rows.apps.list()]);
  return accounts.map(({ id, email, createdAt, lastLogin }) => {
    const owns = apps.filter((app) => app.ownerId === id).map((app) => app.name);
    return { email, createdAt, lastLogin, owns: owns.sort() };
  });
}

/** Makes an account with a password and a token, both of which are shown this once. Throws `invalid_params`, `conflict`. */
export async function createAccount({ store, clock, ids }: AccountContext, email: string): Promise<NewAccount> {
  if (!EMAIL.test(email)) throw new PlatformError('invalid_params', `"${email}" is not an email address.`);
  const made = secretsFor(ids, email, 'Made with the account');
  const { account, authorization } = await newAccountRows(ids, clock.now(), made);
  try {
    await store.transaction(async (tx) => {
      await tx.accounts.insert(account);
      await tx.authorizations.insert(authorization);
    });
  } catch (error) {
    if (!isPlatformError(error, 'conflict')) throw error;
    throw new PlatformError('conflict', `There is an account ${made.email} already. See "bin/jangada accounts".`);
  }
  return made;
}

/**
 * Gives an account another password and another token, both of which are shown this once. Its old password and all of its
 * tokens are worth nothing from then on. Throws `not_found`.
 */
export async function resetAccount({ store, clock, ids }: AccountContext, email: string): Promise<NewAccount> {
  const now = clock.now();
  const made = secretsFor(ids, email, 'Made when the account was reset');
  const { account: fresh, authorization } = await newAccountRows(ids, now, made);
  await store.transaction(async (tx) => {
    const account = await accountOf(tx, email);
    for (const { id } of await tx.authorizations.list({ accountId: account.id })) await tx.authorizations.delete(id);
    await tx.accounts.update(account.id, { passwordHash: fresh.passwordHash, updatedAt: now });
    await tx.authorizations.insert({ ...authorization, accountId: account.id });
  });
  return made;
}

/**
 * Removes an account with its tokens and its access to apps. Throws `not_found`, and `conflict` while it owns apps or
 * pipelines or is the last one.
 */
export async function removeAccount(store: Store, email: string): Promise<Account> {
  return store.transaction(async (tx) => {
    await tx.lock('accounts');
    const account = await accountOf(tx, email);
    const apps = await tx.apps.list({ ownerId: account.id }, { orderBy: 'name' });
    if (apps.length > 0) {
      const names = apps.map((app) => app.name).join(', ');
      throw new PlatformError('conflict', `${account.email} owns ${names}. Destroy or hand over these apps first.`);
    }
    const pipelines = await tx.pipelines.list({ ownerId: account.id }, { orderBy: 'name' });
    if (pipelines.length > 0) {
      const names = pipelines.map((pipeline) => pipeline.name).join(', ');
      throw new PlatformError('conflict', `${account.email} owns the pipelines ${names}. Destroy them first.`);
    }
    if ((await tx.accounts.count()) === 1) {
      throw new PlatformError('conflict', `${account.email} is the only account. Make another one first.`);
    }
    await tx.accounts.delete(account.id);
    return account;
  });
}

function secretsFor(ids: Ids, email: string, description: string): NewAccount {
  return { email: email.toLowerCase(), password: ids.secret(12), token: `HRKU-${ids.secret(20)}`, description };
}

async function accountOf({ accounts }: Pick<Rows, 'accounts'>, email: string): Promise<Account> {
  const account = await accounts.find({ email: email.toLowerCase() });
  if (account !== null) return account;
  throw new PlatformError('not_found', `There is no account ${email}. See "bin/jangada accounts".`);
}
