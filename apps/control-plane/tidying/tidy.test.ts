import { mkdir, mkdtemp, readdir, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { homeLayout } from '@jangada/core';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createRunningBuilds } from '../deploy/running-builds.ts';
import { createTestApi, type TestApi } from '../http/testing/test-api.ts';
import { tidy } from './tidy.ts';

const DAY_MS = 86_400_000;
let root: string;
let api: TestApi;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'tidy-'));
  api = await createTestApi({ home: homeLayout(root) });
  await api.call('POST /apps', { name: 'shop' });
});
afterEach(() => rm(root, { recursive: true }));

const store = async (content: string): Promise<string> =>
  (await api.context.blobs.put(Readable.from([Buffer.from(content)]))).digest;

async function deploy(content: string): Promise<void> {
  const slug = await api.deploy(await api.appNamed('shop'), { web: 'x' });
  await api.context.store.rows.slugs.update(slug.id, { digest: await store(content) });
}

test('old slugs and their content go by the rule, and their releases say so', async () => {
  for (let each = 0; each < 22; each++) await deploy(`content ${each}`);
  await api.clock.advance(31 * DAY_MS);
  expect(await tidy(api.context, createRunningBuilds())).toMatchObject({ releases: 2, slugs: 2, bytes: 18 });
  const { body } = await api.call('GET /apps/shop/releases/3');
  expect(body).toMatchObject({ status: 'expired', eligible_for_rollback: false });
  expect(await api.call('POST /apps/shop/releases', { release: 3 })).toMatchObject({ status: 422 });
  expect((await api.call('GET /apps/shop/releases/5')).body.status).toBe('succeeded');
  expect(await tidy(api.context, createRunningBuilds())).toEqual({
    releases: 0,
    slugs: 0,
    sources: 0,
    caches: 0,
    runtimes: 0,
    outputs: 0,
    bytes: 0,
  });
});

test('content that another slug has as well stays', async () => {
  for (let each = 0; each < 22; each++) await deploy('the same');
  await api.clock.advance(31 * DAY_MS);
  expect(await tidy(api.context, createRunningBuilds())).toMatchObject({ slugs: 2, bytes: 0 });
});

test('content that was promoted stays for the target, whatever becomes of the slug and the app that it came from', async () => {
  const { call, context, clock } = api;
  await call('POST /apps', { name: 'prod' });
  await call('POST /pipelines', { name: 'line' });
  for (const [app, stage] of Object.entries({ shop: 'staging', prod: 'production' }))
    await call('POST /pipeline-couplings', { app, pipeline: 'line', stage });
  await deploy('promoted');
  const order = { pipeline: { id: 'line' }, source: { app: { id: 'shop' } }, targets: [{ app: { id: 'prod' } }] };
  expect((await call('POST /pipeline-promotions', order)).body.status).toBe('completed');
  for (let each = 0; each < 21; each++) await deploy('newer');
  await clock.advance(31 * DAY_MS);
  expect(await tidy(context, createRunningBuilds())).toMatchObject({ releases: 2, slugs: 2, bytes: 0 });
  await call('DELETE /apps/shop');
  expect(await tidy(context, createRunningBuilds())).toMatchObject({ bytes: 'newer'.length });
  const { slug } = (await call('GET /apps/prod/releases/current')).body;
  const { digest } = (await context.store.rows.slugs.get(slug.id))!;
  expect(await context.blobs.stat(digest!)).toMatchObject({ size: 'promoted'.length });
  await call('DELETE /apps/prod');
  expect(await tidy(context, createRunningBuilds())).toMatchObject({ bytes: 'promoted'.length });
});

test('sources go after a day, left-over blobs and caches of removed apps at once', async () => {
  const { source_blob: urls } = (await api.call('POST /sources')).body;
  await api.call(`PUT ${new URL(urls.put_url).pathname}`, Buffer.from('source'));
  await store('left over');
  const app = await api.appNamed('shop');
  for (const name of [app.id, 'a-removed-app']) await mkdir(join(root, 'caches', name), { recursive: true });
  expect(await tidy(api.context, createRunningBuilds())).toMatchObject({ sources: 0, caches: 1, bytes: 9 });
  expect(await readdir(join(root, 'caches'))).toEqual([app.id]);
  await api.clock.advance(DAY_MS);
  expect(await tidy(api.context, createRunningBuilds())).toMatchObject({ sources: 1, bytes: 6 });
});

test('what old builds and removed apps printed goes, the output of the newest 20 stays', async () => {
  const { rows } = api.context.store;
  const app = await api.appNamed('shop');
  const ids: string[] = [];
  for (let each = 0; each < 21; each++) {
    const sourceBlob = { url: 'https://example.com/x.tgz' };
    const { body } = await api.call('POST /apps/shop/builds', { source_blob: sourceBlob });
    await expect.poll(async () => (await rows.builds.get(body.id))?.status).toBe('failed');
    await api.clock.advance(1_000);
    ids.push(body.id);
  }
  expect(await rows.builds.count({ appId: app.id })).toBe(21);
  const strangers = ['01900000-0000-7000-8000-00000000dead', 'no-uuid'];
  const now = api.clock.now().getTime() / 1_000;
  for (const name of [...ids, ...strangers]) {
    await mkdir(join(root, 'outputs', name), { recursive: true });
    await writeFile(join(root, 'outputs', name, '0000000000000000'), 'output');
    await utimes(join(root, 'outputs', name), now, now);
  }
  expect(await tidy(api.context, createRunningBuilds())).toMatchObject({ outputs: 0 });
  await api.clock.advance(31 * DAY_MS);
  const forgotten: string[] = [];
  const context = {
    ...api.context,
    outputs: { ...api.context.outputs, remove: async (id: string) => void forgotten.push(id) },
  };
  expect(await tidy(context, createRunningBuilds())).toMatchObject({ outputs: 2, bytes: 12 });
  expect(forgotten.sort()).toEqual([ids[0], strangers[0]].sort());
});

test('no file goes while something is being built', async () => {
  await store('just made');
  const running = createRunningBuilds();
  await running.run({ id: 'b', appId: 'a' }, null, async () => {
    expect(await tidy(api.context, running)).toMatchObject({ bytes: 0 });
  });
  expect(await tidy(api.context, running)).toMatchObject({ bytes: 9 });
});

test('runtimes go 30 days after their last use when another of their kind was used since', async () => {
  const trees = join(root, 'runtimes', 'trees');
  const old = new Date(api.context.clock.now().getTime() - 31 * DAY_MS);
  const older = new Date(old.getTime() - DAY_MS);
  for (const [name, usedAt] of [
    ['python-3.13.4-aaaaaaaa', older],
    ['python-3.13.5-bbbbbbbb', old],
    ['ruby-3.3.8-cccccccc', older],
    ['.removed-java-21-dddddddd', old],
  ] as const) {
    await mkdir(join(trees, name), { recursive: true });
    await writeFile(join(trees, name, 'file'), '1234');
    await utimes(join(trees, name), usedAt, usedAt);
  }
  const running = createRunningBuilds();
  expect(await tidy(api.context, running)).toMatchObject({ runtimes: 2, bytes: 8 });
  expect((await readdir(trees)).sort()).toEqual(['python-3.13.5-bbbbbbbb', 'ruby-3.3.8-cccccccc']);
});
