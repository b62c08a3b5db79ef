import { randomBytes } from 'node:crypto';
import { SAMPLE_ROWS } from '@jangada/conformance';
import type { Store } from '@jangada/core';
import { Client } from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { openPostgresStore } from './index.ts';
import { startPostgres, type TestPostgres } from './testing/index.ts';

let server: TestPostgres;
let databaseUrl: string;
const stores: Store[] = [];
const masterKey = randomBytes(32);
const reports: unknown[] = [];

beforeAll(async () => {
  server = await startPostgres();
});
afterAll(() => server.stop());
beforeEach(async () => {
  databaseUrl = await server.createDatabase();
});
afterEach(async () => {
  for (const store of stores.splice(0)) await store.close();
});

async function open(key = masterKey): Promise<Store> {
  const report = (event: string, detail: unknown): void => void reports.push({ event, detail });
  const store = await openPostgresStore({ databaseUrl, masterKey: key, report, idleMs: 1_000 });
  stores.push(store);
  return store;
}

async function query(text: string): Promise<readonly Record<string, unknown>[]> {
  const client = new Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    return (await client.query(text)).rows;
  } finally {
    await client.end();
  }
}

async function storeRelease(store: Store): Promise<void> {
  await store.rows.accounts.insert(SAMPLE_ROWS.accounts);
  await store.rows.apps.insert(SAMPLE_ROWS.apps);
  await store.rows.releases.insert(SAMPLE_ROWS.releases);
}

test('control planes that open one new database at once make its tables once', async () => {
  await Promise.all([open(), open(), open()]);
  const applied = await query('select number from schema_migrations order by number');
  expect(applied.map((row) => row['number']).slice(0, 1)).toEqual([1]);
  expect(new Set(applied.map((row) => row['number'])).size).toBe(applied.length);
});

test('what was stored is there at the next opening', async () => {
  await storeRelease(await open());
  expect(await (await open()).rows.releases.list()).toStrictEqual([SAMPLE_ROWS.releases]);
});

test('config vars cannot be read in the database', async () => {
  await storeRelease(await open());
  const [row] = await query('select config_vars, releases::text as all from releases');
  const stored = (row!['config_vars'] as Buffer).toString('latin1');
  for (const secret of ['s3cr3t', 'DATABASE_URL', 'postgres']) {
    expect(stored).not.toContain(secret);
    expect(row!['all']).not.toContain(secret);
  }
});

test('a start with another master key is refused before anything is served', async () => {
  await storeRelease(await open());
  await expect(open(randomBytes(32))).rejects.toThrow(/another master key/);
});

test('config vars that were copied to another release are refused', async () => {
  const store = await open();
  await storeRelease(store);
  await store.rows.releases.insert({ ...SAMPLE_ROWS.releases, id: 'r2', version: 4, configVars: {} });
  await query("update releases set config_vars = (select config_vars from releases where version = 3) where id = 'r2'");
  await expect(store.rows.releases.get('r2')).rejects.toThrow(/cannot be read/);
});

test('a database with a changed migration, or one of a newer version, is refused with its name', async () => {
  await open();
  await query("update schema_migrations set checksum = 'other' where number = 1");
  await expect(open()).rejects.toMatchObject({ id: 'store_unavailable', message: expect.stringContaining('0001_') });
  await query("insert into schema_migrations (number, name, checksum) values (9999, '9999_future', 'x')");
  await query('delete from schema_migrations where number = 1');
  await expect(open()).rejects.toThrow(/newer version.*9999_future/);
});

test('every reference and every column that rows are looked up by has an index', async () => {
  await open();
  const missing = await query(`
    select c.conrelid::regclass::text as table, a.attname as column
    from pg_constraint c
    join pg_attribute a on a.attrelid = c.conrelid and a.attnum = c.conkey[1]
    where c.contype = 'f'
      and not exists (select from pg_index i where i.indrelid = c.conrelid and i.indkey[0] = a.attnum)`);
  expect(missing).toEqual([]);
});

test('text with a NUL character is refused in words', async () => {
  const store = await open();
  const account = { ...SAMPLE_ROWS.accounts, name: 'a\0b' };
  await expect(store.rows.accounts.insert(account)).rejects.toMatchObject({ id: 'invalid_params' });
});

test('connections are few while there is work and gone when there is none', async () => {
  const store = await open();
  await Promise.all(Array.from({ length: 40 }, () => store.rows.apps.count()));
  const count = "select count(*)::int as count from pg_stat_activity where application_name = 'jangada'";
  const during = (await query(count))[0]!['count'] as number;
  expect(during).toBeGreaterThan(0);
  expect(during).toBeLessThanOrEqual(8);
  await expect.poll(async () => (await query(count))[0]!['count'], { interval: 250 }).toBe(0);
});

test('a database that is not there is unavailable, its address is told, and its password is not', async () => {
  const lost = openPostgresStore({
    databaseUrl: 'postgres://jangada:s3cr3t@127.0.0.1:1/nowhere',
    masterKey,
    report: (event, detail) => void reports.push({ event, detail }),
  });
  const error: unknown = await lost.catch((reason: unknown) => reason);
  expect(error).toMatchObject({
    id: 'store_unavailable',
    message: expect.stringMatching(/\(connect ECONNREFUSED 127\.0\.0\.1:1\).*DATABASE_URL/),
  });
  expect(String(error) + JSON.stringify([error, reports])).not.toContain('s3cr3t');
});

test('an address that cannot be read is refused without showing it', async () => {
  const databaseUrl = 'postgres://jangada:s3cr3t%zz@[::1/db';
  const error: unknown = await openPostgresStore({ databaseUrl, masterKey, report: () => undefined }).catch((e) => e);
  expect(error).toMatchObject({ id: 'invalid_params' });
  expect(String(error)).toContain('DATABASE_URL must look like');
  expect(String(error) + JSON.stringify(error)).not.toContain('s3cr3t');
});

test('a database or user that does not exist is named', async () => {
  const elsewhere = (url: string): Promise<Store> =>
    openPostgresStore({ databaseUrl: url, masterKey, report: () => undefined });
  await expect(elsewhere(databaseUrl.replace(/test_\d+/, 'missing'))).rejects.toThrow(
    /"missing" does not exist.*DATABASE_URL/,
  );
  await expect(elsewhere(databaseUrl.replace('jangada@', 'nobody@'))).rejects.toThrow(/"nobody" does not exist/);
});

test('a user that may not make tables is told so', async () => {
  await query('create role guest login');
  const guest = openPostgresStore({
    databaseUrl: databaseUrl.replace('jangada@', 'guest@'),
    masterKey,
    report: () => undefined,
  });
  await expect(guest).rejects.toThrow(/permission denied.*must own it/);
});
