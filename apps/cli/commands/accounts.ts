import { type NewAccount, systemClock, systemIds } from '@jangada/core';
import { PlatformError } from '@jangada/platform-api';
import { createAccount, listAccounts, removeAccount, resetAccount } from '../accounts/accounts.ts';
import { withStore } from '../accounts/with-store.ts';
import type { Command } from '../command.ts';
import { loadAccount, saveAccount } from '../setup/identity.ts';
import { columns } from './table.ts';

export const accounts: Command = {
  name: 'accounts',
  usage: '',
  summary: 'Who has an account here',
  help: 'Lists the accounts of this installation with their apps. "heroku access:add EMAIL" lets one work on the apps of another.',
  async run(_args, { config, print }) {
    const all = await withStore(config, listAccounts);
    const rows = all.map(({ email, createdAt, lastLogin, owns }) => [
      email,
      dayOf(createdAt),
      lastLogin === null ? 'never' : dayOf(lastLogin),
      owns.join(', ') || '-',
    ]);
    for (const line of columns([['account', 'since', 'last login', 'owns'], ...rows])) print(line);
    return 0;
  },
};

export const createAccountCommand: Command = {
  name: 'accounts:create',
  usage: 'EMAIL',
  summary: 'Make an account for somebody',
  help: `Makes an account and prints its password and a token, this once. Hand them over: "heroku login -i" asks for the
password, HEROKU_API_KEY takes the token. An account sees its own apps, and those that "heroku access:add EMAIL" opens to it.`,
  async run([email, ...more], { config, print }) {
    const wanted = oneEmail(email, more, 'accounts:create');
    const made = await withStore(config, (store) =>
      createAccount({ store, clock: systemClock, ids: systemIds }, wanted),
    );
    show(made, print);
    return 0;
  },
};

export const resetAccountCommand: Command = {
  name: 'accounts:reset',
  usage: 'EMAIL',
  summary: 'Give an account a new password and token; the old ones are void',
  help: `For a password that was forgotten and for a token that somebody else may have. Every token of the account is void at once,
those of "heroku login" and "heroku authorizations:create" too; its apps are not touched. "bin/jangada env" knows the new
token of the account that bin/jangada itself uses.`,
  async run([email, ...more], { config, print }) {
    const wanted = oneEmail(email, more, 'accounts:reset');
    const first = await loadAccount(config.home);
    const made = await withStore(config, (store) =>
      resetAccount({ store, clock: systemClock, ids: systemIds }, wanted),
    );
    if (first.email.toLowerCase() === made.email) await saveAccount(config.home, made);
    show(made, print);
    print('Shells that have the old token (HEROKU_API_KEY) and logins of "heroku login" have to be made anew.');
    return 0;
  },
};

export const removeAccountCommand: Command = {
  name: 'accounts:remove',
  usage: 'EMAIL',
  summary: 'Remove an account that owns no app and no pipeline',
  help: 'Removes an account, its tokens and its access to the apps of others. Accounts that own apps or pipelines are kept.',
  async run([email, ...more], { config, print }) {
    const wanted = oneEmail(email, more, 'accounts:remove');
    const first = await loadAccount(config.home);
    if (first.email.toLowerCase() === wanted.toLowerCase()) {
      throw new PlatformError('conflict', `${first.email} is the account that bin/jangada itself uses. It stays.`);
    }
    const { email: removed } = await withStore(config, (store) => removeAccount(store, wanted));
    print(`${removed} is removed.`);
    return 0;
  },
};

function show({ email, password, token }: NewAccount, print: (line: string) => void): void {
  print(`Account   ${email}`);
  print(`Password  ${password}`);
  print(`Token     ${token}`);
  print('They are shown only now.');
}

function oneEmail(email: string | undefined, more: readonly string[], name: string): string {
  if (email !== undefined && more.length === 0) return email;
  throw new PlatformError('invalid_params', `Say one email address: bin/jangada ${name} ana@example.com`);
}

function dayOf(date: Date): string {
  return date.toISOString().slice(0, 10);
}
