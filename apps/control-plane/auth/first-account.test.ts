import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createMemoryStore } from '@jangada/conformance';
import { homeLayout } from '@jangada/core';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createTestApi } from '../http/testing/test-api.ts';
import { authenticate } from './authenticate.ts';
import { ensureFirstAccount } from './first-account.ts';

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'first-account-'));
});

afterEach(() => rm(folder, { recursive: true, force: true }));

const token = 'JNGD-0123456789abcdef0123456789abcdef';

async function emptyInstallation() {
  const { context } = await createTestApi();
  return { ...context, store: createMemoryStore(), home: homeLayout(folder) };
}

test('the first start makes the account of account.json with its token, the second changes nothing', async () => {
  const context = await emptyInstallation();
  await writeFile(
    join(folder, 'account.json'),
    JSON.stringify({ email: 'Ana@example.com', password: '12345678', token }),
  );
  await ensureFirstAccount(context);
  await ensureFirstAccount(context);
  expect(await context.store.rows.accounts.count()).toBe(1);
  expect((await authenticate(context, `Bearer ${token}`)).account.email).toBe('ana@example.com');
});

test('without the file there is no account, and a file that makes no sense is refused', async () => {
  const context = await emptyInstallation();
  await ensureFirstAccount(context);
  expect(await context.store.rows.accounts.count()).toBe(0);
  await writeFile(join(folder, 'account.json'), '{"email":"a@b.c"}');
  await expect(ensureFirstAccount(context)).rejects.toThrow(/needs "email", "password"/);
});
