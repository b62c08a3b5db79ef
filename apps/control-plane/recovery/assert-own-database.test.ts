import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { SAMPLE_ROWS } from '@jangada/conformance';
import { homeLayout } from '@jangada/core';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createTestContext, type TestContext } from '../testing/test-context.ts';
import { assertOwnDatabase } from './assert-own-database.ts';

let root: string;
let context: TestContext;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'jangada-home-'));
  context = { ...createTestContext(), home: homeLayout(root) };
});
afterEach(() => rm(root, { recursive: true }));

test('an empty database in a new home is taken', async () => {
  await mkdir(join(context.home.caches, '.removed-1'), { recursive: true });
  await assertOwnDatabase(context);
});

test('an empty database is refused when apps have left a repository, a cache or a slug, and each is named', async () => {
  await mkdir(join(context.home.repos, 'an-app.git'), { recursive: true });
  await expect(assertOwnDatabase(context)).rejects.toMatchObject({
    id: 'store_unavailable',
    message: expect.stringMatching(`${context.home.repos}\\. .*DATABASE_URL.*restore.*move`),
  });
  await mkdir(join(context.home.caches, 'an-app'), { recursive: true });
  await context.blobs.put(Readable.from(['a slug']));
  const { repos, caches, blobs } = context.home;
  await expect(assertOwnDatabase(context)).rejects.toThrow(`in ${repos}, ${caches}, ${blobs}. `);
});

test('a database that was used is taken, with apps or without', async () => {
  await mkdir(join(context.home.repos, 'an-app.git'), { recursive: true });
  await context.store.rows.accounts.insert(SAMPLE_ROWS.accounts);
  await assertOwnDatabase(context);
});
