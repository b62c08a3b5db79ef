import { createMemoryEngine, type MemoryEngine } from '@jangada/conformance';
import type { Dyno, Store } from '@jangada/core';
import { beforeEach, expect, test, vi } from 'vitest';
import { createTestApi, type TestApi } from '../http/testing/test-api.ts';
import { createReleasePhase } from './release-phase.ts';

const HOUR_MS = 3_600_000;
let api: TestApi;
let engine: MemoryEngine;

beforeEach(async () => {
  engine = createMemoryEngine();
  api = await createTestApi({ engine, terminals: engine });
  await api.call('POST /apps', { name: 'shop' });
});

const release = async (version: number) => (await api.call(`GET /apps/shop/releases/${version}`)).body;
const outputOf = async (version: number): Promise<string> => {
  const { pathname } = new URL((await release(version)).output_stream_url);
  return (await api.call(`GET ${pathname}`, undefined, { as: null })).body;
};

/** Runs what waits, and resolves with the id of the dyno as soon as its command runs. */
async function begin(phase = createReleasePhase(api.context)): Promise<{ dynoId: string; done: Promise<void> }> {
  const app = await api.appNamed('shop');
  const done = phase.run(app.id);
  done.catch(() => undefined);
  const { dynoId } = await expect
    .poll(async () => (await engine.list())[0])
    .toMatchObject({ type: 'release' })
    .then(async () => (await engine.list())[0]!);
  return { dynoId, done };
}

test('a command that does not end is stopped after an hour, and its release has failed with the reason', async () => {
  await api.deploy(await api.appNamed('shop'), { web: 'npm start', release: 'npm run migrate' });
  const { dynoId, done } = await begin();
  engine.processOf(dynoId).write('migrating\n');
  await api.clock.advance(HOUR_MS - 1);
  expect((await release(3)).status).toBe('pending');
  await api.clock.advance(1);
  await done;
  expect((await release(3)).status).toBe('failed');
  expect(await outputOf(3)).toMatch(/^migrating\n !\s+The command did not end within an hour and was stopped\./);
});

test('a failed release is retried as the CLI does it: a new release of the same slug runs the command again', async () => {
  const slug = await api.deploy(await api.appNamed('shop'), { web: 'npm start', release: 'npm run migrate' });
  const first = await begin();
  engine.processOf(first.dynoId).exit(1);
  await first.done;
  expect((await release(3)).status).toBe('failed');
  const description = 'Retry of v3: Deploy 582fc95';
  const { status, body } = await api.call('POST /apps/shop/releases', { slug: slug.id, description });
  expect([status, body.status, body.description]).toEqual([201, 'pending', description]);
  await engine.stop(first.dynoId, 0);
  const second = await begin();
  engine.processOf(second.dynoId).exit(0);
  await second.done;
  expect((await release(4)).status).toBe('succeeded');
});

/** The store, in which nothing can be changed of what is there while it is `away`. */
function failingStore(): { readonly store: Store; away: boolean } {
  const { store } = api.context;
  const failing = {
    away: false,
    store: {
      ...store,
      rows: {
        ...store.rows,
        dynos: {
          ...store.rows.dynos,
          async update(id: string, change: Partial<Dyno>) {
            if (failing.away) throw new Error('The store is away.');
            return store.rows.dynos.update(id, change);
          },
        },
      },
      async transaction<Result>(work: Parameters<typeof store.transaction<Result>>[0]): Promise<Result> {
        if (failing.away) throw new Error('The store is away.');
        return store.transaction(work);
      },
    },
  };
  return failing;
}

test('a command whose end could not be recorded does not run again: its release has failed', async () => {
  const failing = failingStore();
  const phase = createReleasePhase({ ...api.context, store: failing.store });
  const app = await api.appNamed('shop');
  await api.deploy(app, { web: 'npm start', release: 'npm run migrate' });
  const { dynoId, done } = await begin(phase);
  failing.away = true;
  engine.processOf(dynoId).exit(0);
  await expect(done).rejects.toThrow('The store is away.');
  expect((await release(3)).status).toBe('pending');
  failing.away = false;
  const run = vi.spyOn(engine, 'run');
  await phase.run(app.id);
  expect(run).not.toHaveBeenCalled();
  expect((await release(3)).status).toBe('failed');
  expect(await outputOf(3)).toMatch(/ !\s+The end of the release command could not be recorded\.\n$/);
  expect((await api.context.store.rows.dynos.get(dynoId))?.stopping).toBe('finished');
});

test('a command that still runs when its dyno could not be noted as up is ended, and does not run beside itself', async () => {
  const failing = failingStore();
  const phase = createReleasePhase({ ...api.context, store: failing.store });
  const app = await api.appNamed('shop');
  await api.deploy(app, { web: 'npm start', release: 'npm run migrate' });
  failing.away = true;
  await expect(phase.run(app.id)).rejects.toThrow('The store is away.');
  failing.away = false;
  await phase.run(app.id);
  const [container, ...others] = await engine.list();
  expect(others).toEqual([]);
  expect((await release(3)).status).toBe('failed');
  expect((await api.context.store.rows.dynos.get(container!.dynoId))?.stopping).toBe('finished');
});

test('a command runs to its end when neither its output nor the log can be written, which is reported', async () => {
  const refused = (): Promise<void> => Promise.reject(new Error('The disk is full.'));
  const outputs = { ...api.context.outputs, append: refused };
  const logs = { ...api.context.logs, append: refused };
  const events: string[] = [];
  const report = (event: string): void => void events.push(event);
  const phase = createReleasePhase({ ...api.context, outputs, logs, report });
  const app = await api.appNamed('shop');
  await api.deploy(app, { web: 'npm start', release: 'npm run migrate' });
  const { dynoId, done } = await begin(phase);
  engine.processOf(dynoId).write('migrating\n');
  await expect.poll(() => events.filter((event) => event === 'command.output-lost')).toHaveLength(2);
  expect((await release(3)).status).toBe('pending');
  engine.processOf(dynoId).exit(0);
  await done;
  expect((await release(3)).status).toBe('succeeded');
});
