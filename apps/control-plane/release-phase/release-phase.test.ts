import { createMemoryEngine, type MemoryEngine } from '@jangada/conformance';
import { beforeEach, expect, test } from 'vitest';
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
async function begin(): Promise<{ dynoId: string; done: Promise<void> }> {
  const app = await api.appNamed('shop');
  const done = createReleasePhase(api.context).run(app.id);
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
