import { randomBytes } from 'node:crypto';
import { SAMPLE_ROWS } from '@jangada/conformance';
import type { Store } from '@jangada/core';
import { Client } from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { openPostgresStore } from './index.ts';
import { startPostgres, type TestPostgres } from './testing/index.ts';

let server: TestPostgres;
let databaseUrl: string;
let store: Store;
let other: Store;
let stop: AbortController;
const masterKey = randomBytes(32);

beforeAll(async () => {
  server = await startPostgres();
});
afterAll(() => server.stop());
beforeEach(async () => {
  stop = new AbortController();
  databaseUrl = await server.createDatabase();
  store = await openPostgresStore({ databaseUrl, masterKey, report: () => undefined });
  other = await openPostgresStore({ databaseUrl, masterKey, report: () => undefined });
});
afterEach(async () => {
  stop.abort();
  await Promise.all([store.close(), other.close()]);
});

const app = { ...SAMPLE_ROWS.apps };

/** Ends the idle backends whose last statement was like this one, as an administrator would. */
async function terminate(statement: string): Promise<number> {
  const client = new Client({ connectionString: databaseUrl, application_name: 'test' });
  await client.connect();
  const ended = await client.query(
    `select pg_terminate_backend(pid) from pg_stat_activity
     where application_name = 'jangada' and state like 'idle%' and query like $1 and datname = current_database()`,
    [statement],
  );
  await client.end();
  return ended.rowCount ?? 0;
}

test('while the database is away every call says so, and afterwards all goes on with what was acknowledged', async () => {
  await store.rows.accounts.insert(SAMPLE_ROWS.accounts);
  await store.rows.apps.insert(app);
  await server.kill();
  await expect(store.rows.apps.list()).rejects.toMatchObject({ id: 'store_unavailable' });
  await expect(store.transaction((tx) => tx.apps.list())).rejects.toMatchObject({ id: 'store_unavailable' });
  await expect(store.exclusively('leader', stop.signal, async () => 1)).rejects.toMatchObject({
    id: 'store_unavailable',
  });
  await server.start();
  expect(await store.rows.apps.list()).toStrictEqual([app]);
});

test('a transaction that is cut off in the middle is unavailable and leaves nothing', async () => {
  await store.rows.accounts.insert(SAMPLE_ROWS.accounts);
  const cut = store.transaction(async (tx) => {
    await tx.apps.insert(app);
    await server.kill();
    await tx.apps.update(app.id, { maintenance: true });
  });
  await expect(cut).rejects.toMatchObject({ id: 'store_unavailable' });
  await server.start();
  expect(await store.rows.apps.count()).toBe(0);
});

test('a transaction whose connection went before its commit is unavailable', async () => {
  await store.rows.accounts.insert(SAMPLE_ROWS.accounts);
  const cut = store.transaction(async (tx) => {
    await tx.apps.insert(app);
    await terminate('release savepoint%');
  });
  await expect(cut).rejects.toMatchObject({ id: 'store_unavailable' });
  expect(await store.rows.apps.count()).toBe(0);
});

test('a listener hears that anything may have changed once the database is back', async () => {
  let ready = 0;
  const inForce = Promise.withResolvers<void>();
  const hints = store
    .listen('app', stop.signal, () => {
      ready += 1;
      inForce.resolve();
    })
    [Symbol.asyncIterator]();
  await inForce.promise;
  await server.kill();
  await server.start();
  expect(await hints.next()).toEqual({ value: '', done: false });
  expect(ready).toBe(2);
  await other.transaction((tx) => tx.notify('app', 'a1'));
  expect(await hints.next()).toEqual({ value: 'a1', done: false });
});

test('a listener that begins while the database is away is ready when it is back', async () => {
  await server.kill();
  const ready = Promise.withResolvers<void>();
  const hints = store.listen('app', stop.signal, () => ready.resolve())[Symbol.asyncIterator]();
  await server.start();
  await ready.promise;
  await other.transaction((tx) => tx.notify('app', 'a1'));
  expect(await hints.next()).toEqual({ value: 'a1', done: false });
});

test('exclusive work that loses its lock is told at once, and fails even if it could finish', async () => {
  const told = Promise.withResolvers<void>();
  const entered = Promise.withResolvers<void>();
  const work = store.exclusively('leader', stop.signal, async (held) => {
    held.addEventListener('abort', () => told.resolve(), { once: true });
    entered.resolve();
    await told.promise;
    return 'finished anyway';
  });
  await entered.promise;
  const failed = expect(work).rejects.toMatchObject({ id: 'store_unavailable' });
  const successor = other.exclusively('leader', stop.signal, async () => 'successor');
  expect(await terminate('select pg_advisory_lock%')).toBe(1);
  await failed;
  expect(await successor).toBe('successor');
});

test('exclusive work that does not listen is given up after the grace', async () => {
  const entered = Promise.withResolvers<void>();
  const deaf = Promise.withResolvers<void>();
  const work = store.exclusively('leader', stop.signal, async () => {
    entered.resolve();
    await deaf.promise;
  });
  await entered.promise;
  const failed = expect(work).rejects.toMatchObject({ id: 'store_unavailable' });
  expect(await terminate('select pg_advisory_lock%')).toBe(1);
  await failed;
  deaf.resolve();
});

test('closing a store ends its exclusive work', async () => {
  const entered = Promise.withResolvers<void>();
  const work = store.exclusively('leader', stop.signal, async (held) => {
    entered.resolve();
    await new Promise<void>((resolve) => held.addEventListener('abort', () => resolve(), { once: true }));
  });
  await entered.promise;
  const failed = expect(work).rejects.toMatchObject({ id: 'store_unavailable' });
  await store.close();
  await failed;
  expect(await other.exclusively('leader', stop.signal, async () => 'mine')).toBe('mine');
});
