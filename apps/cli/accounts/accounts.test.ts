import { createMemoryStore, createSequentialIds, SAMPLE_ROWS } from '@jangada/conformance';
import { hashToken, type Store, verifyPassword } from '@jangada/core';
import { beforeEach, expect, test } from 'vitest';
import { createAccount, listAccounts, removeAccount, resetAccount } from './accounts.ts';

let store: Store;
const now = new Date('2026-03-01T10:00:00Z');
const ids = createSequentialIds();
const context = () => ({ store, clock: { now: () => now }, ids });
const make = (email: string) => createAccount(context(), email);

beforeEach(async () => {
  store = createMemoryStore();
  await store.rows.accounts.insert(SAMPLE_ROWS.accounts);
  await store.rows.apps.insert(SAMPLE_ROWS.apps);
});

test('an account has a password and a token, which are stored hashed', async () => {
  const made = await make('Bea@Example.com');
  const account = await store.rows.accounts.find({ email: 'bea@example.com' });
  expect(made.email).toBe('bea@example.com');
  expect(await verifyPassword(made.password, account!.passwordHash)).toBe(true);
  const [authorization] = await store.rows.authorizations.list({ accountId: account!.id });
  expect(authorization).toMatchObject({ tokenHash: hashToken(made.token), scope: ['global'], expiresAt: null });
  expect(JSON.stringify([account, authorization])).not.toContain(made.password);
});

test('a reset gives another password and token, and leaves nothing of the old ones', async () => {
  const old = await make('bea@example.com');
  const other = await make('eve@example.com');
  const made = await resetAccount(context(), 'BEA@example.com');
  const account = await store.rows.accounts.find({ email: 'bea@example.com' });
  expect(await verifyPassword(made.password, account!.passwordHash)).toBe(true);
  expect(await verifyPassword(old.password, account!.passwordHash)).toBe(false);
  const hashes = (await store.rows.authorizations.list()).map(({ tokenHash }) => tokenHash);
  expect(hashes.sort()).toEqual([made.token, other.token].map(hashToken).sort());
  await expect(resetAccount(context(), 'nobody@example.com')).rejects.toMatchObject({ id: 'not_found' });
});

test('the list tells who owns what', async () => {
  await make('bea@example.com');
  const { email } = SAMPLE_ROWS.accounts;
  const all = await listAccounts(store);
  expect(all.find((one) => one.email === email)?.owns).toEqual([SAMPLE_ROWS.apps.name]);
  expect(all.find((one) => one.email === 'bea@example.com')).toMatchObject({ owns: [], lastLogin: null });
});

test('an account is made once, whatever the case', async () => {
  await make('bea@example.com');
  await expect(make('BEA@example.com')).rejects.toMatchObject({ id: 'conflict' });
  expect(await store.rows.authorizations.count()).toBe(1);
});

test.each([
  '',
  'bea',
  'bea@',
  '@example.com',
  'a b@example.com',
  'bea@exa mple.com',
  '"x"@example.com',
  'a\n@example.com',
])('%j is not an email address', async (email) => {
  await expect(make(email)).rejects.toThrow('is not an email address');
});

test('an account does not go while it owns a pipeline', async () => {
  await make('bea@example.com');
  const bea = await store.rows.accounts.find({ email: 'bea@example.com' });
  await store.rows.pipelines.insert({ ...SAMPLE_ROWS.pipelines, ownerId: bea!.id });
  await expect(removeAccount(store, 'bea@example.com')).rejects.toThrow('owns the pipelines calm-tide. Destroy them');
});

test('an account goes with its tokens, but not while it owns apps, and not the last one', async () => {
  const { email } = SAMPLE_ROWS.accounts;
  await make('bea@example.com');
  await expect(removeAccount(store, email)).rejects.toThrow(`owns ${SAMPLE_ROWS.apps.name}.`);
  await removeAccount(store, 'bea@example.com');
  expect(await store.rows.authorizations.count()).toBe(0);
  await expect(removeAccount(store, 'bea@example.com')).rejects.toMatchObject({ id: 'not_found' });
  await store.rows.apps.delete(SAMPLE_ROWS.apps.id);
  await expect(removeAccount(store, email)).rejects.toThrow('the only account');
});
