import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { newAccountRows } from '@jangada/core';
import { PlatformError } from '@jangada/platform-api';
import { type Static, Type } from 'typebox';
import { Value } from 'typebox/value';
import type { Context } from '../context.ts';

/** `account.json` in JANGADA_HOME, written by the first start: the account that everything begins with. */
const FirstAccount = Type.Object({
  email: Type.String({ minLength: 3 }),
  password: Type.String({ minLength: 8 }),
  token: Type.String({ minLength: 20 }),
});

/**
 * Makes the first account, with a token, out of `JANGADA_HOME/account.json`. Does nothing when there is an account or no
 * such file. Throws `invalid_params` when the file is there and makes no sense.
 */
export async function ensureFirstAccount(context: Context): Promise<void> {
  if ((await context.store.rows.accounts.count()) > 0) return;
  const first = await readFirstAccount(join(context.home.root, 'account.json'));
  if (first === null) return;
  const description = 'First account of this installation';
  const { account, authorization } = await newAccountRows(context.ids, context.clock.now(), { ...first, description });
  await context.store.transaction(async (tx) => {
    await tx.lock('first-account');
    if ((await tx.accounts.count()) > 0) return;
    await tx.accounts.insert(account);
    await tx.authorizations.insert(authorization);
  });
}

async function readFirstAccount(file: string): Promise<Static<typeof FirstAccount> | null> {
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return null;
    throw error;
  });
  if (text === null) return null;
  const content = parse(text);
  if (Value.Check(FirstAccount, content)) return content;
  throw new PlatformError(
    'invalid_params',
    `${file} is not valid: it needs "email", "password" (8 characters or more) and "token" (20 or more).`,
  );
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
