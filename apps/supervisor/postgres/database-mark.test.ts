import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Home, homeLayout } from '@jangada/core';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { assertNoneLost, markDatabase } from './database-mark.ts';
import { postgresPlaces } from './postgres-plan.ts';

let home: Home;

beforeEach(async () => {
  home = homeLayout(await mkdtemp(join(tmpdir(), 'mark-')));
});
afterEach(() => rm(home.root, { recursive: true }));

const asked = (): Promise<void> => assertNoneLost(home, postgresPlaces(home, '18.4.0'));

async function makeData(name: string): Promise<void> {
  await mkdir(join(home.postgres, name), { recursive: true });
  await writeFile(join(home.postgres, name, 'PG_VERSION'), '');
}

async function makeBlob(): Promise<void> {
  await mkdir(home.blobs);
  await writeFile(join(home.blobs, `sha256-${'a'.repeat(64)}`), 'slug');
}

test('a first start makes a database, also after an interrupted one', async () => {
  await asked();
  await makeData('18.new');
  await mkdir(join(home.blobs, 'incoming'), { recursive: true });
  await asked();
});

test('a marked database that is not there any more is asked for, with its folder', async () => {
  await markDatabase(home, '18');
  await mkdir(join(home.postgres, '18'), { recursive: true });
  await expect(asked()).rejects.toMatchObject({
    id: 'store_unavailable',
    message: expect.stringMatching(`${home.postgres}/18 has none.*mount.*restore.*${home.database}`),
  });
});

test('when the database is of an earlier major version, both versions are named, marked or not', async () => {
  await makeData('17');
  const refused = { message: expect.stringMatching(`${home.postgres}/17 is of PostgreSQL 17, this is 18.*pg_upgrade`) };
  await expect(asked()).rejects.toMatchObject(refused);
  await markDatabase(home, '17');
  await expect(asked()).rejects.toMatchObject(refused);
});

test('without a mark, blobs tell that there was a database', async () => {
  await makeBlob();
  await expect(asked()).rejects.toThrow(`${home.postgres}/18 has none`);
});

test('a damaged mark still tells that there was a database', async () => {
  for (const text of ['', 'null', '{}']) {
    await writeFile(home.database, text);
    await expect(asked()).rejects.toThrow(`${home.postgres}/18 has none`);
  }
});

test('the operator may begin with an empty database, which is then marked', async () => {
  await makeBlob();
  await makeData('17');
  await writeFile(home.database, '{"major":null}');
  await asked();
  await markDatabase(home, '18');
  expect(await readFile(home.database, 'utf8')).toBe('{"major":"18"}\n');
});

test('what an upgrade left of the earlier version is not taken for the database that is missing', async () => {
  await makeData('17');
  await markDatabase(home, '18');
  await expect(asked()).rejects.toThrow(`${home.postgres}/18 has none`);
});
