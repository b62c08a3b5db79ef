import { SAMPLE_ROWS } from '@jangada/conformance';
import type { DynoSpec, DynoStats } from '@jangada/core';
import { beforeEach, expect, test } from 'vitest';
import { createTestContext, type TestContext } from '../testing/test-context.ts';
import { createSampler, type Sampler } from './sampler.ts';

const MB = 1024 * 1024;
const { appId, id: dynoId } = SAMPLE_ROWS.dynos;
let context: TestContext;
let sampler: Sampler;
let reading: DynoStats;

beforeEach(async () => {
  context = createTestContext();
  const engine = { ...context.engine, stats: async () => [reading] };
  sampler = createSampler({ ...context, engine });
  reading = {
    dynoId,
    memoryBytes: 100 * MB,
    rssBytes: 90 * MB,
    cacheBytes: 10 * MB,
    diskBytes: 0,
    swapBytes: 0,
    cpuSeconds: 1,
    pids: 1,
  };
  const spec: Partial<DynoSpec> = {
    dynoId,
    appId,
    name: 'web.1',
    type: 'web',
    command: ['sleep'],
    env: {},
    port: null,
  };
  await context.engine.start({ slug: null, captureOutput: false, ...spec } as DynoSpec);
  await context.store.transaction(async (tx) => {
    await tx.accounts.insert(SAMPLE_ROWS.accounts);
    await tx.apps.insert(SAMPLE_ROWS.apps);
    await tx.slugs.insert(SAMPLE_ROWS.slugs);
    await tx.releases.insert(SAMPLE_ROWS.releases);
    await tx.dynos.insert(SAMPLE_ROWS.dynos);
  });
});

const log = (): readonly string[] => context.logOf(appId);

test('an app within its quota and without the feature gets no line', async () => {
  await sampler.sample();
  expect(log()).toEqual([]);
});

test('a dyno above its quota is R14 with every reading', async () => {
  reading = { ...reading, memoryBytes: 768 * MB };
  await sampler.sample();
  await sampler.sample();
  const lines = ['heroku[web.1]: Process running mem=768M(150.0%)', 'heroku[web.1]: Error R14 (Memory quota exceeded)'];
  expect(log()).toEqual([...lines, ...lines]);
});

test('log-runtime-metrics writes samples, with the load since the last one', async () => {
  await context.store.rows.appFeatures.insert({ ...SAMPLE_ROWS.appFeatures, name: 'log-runtime-metrics' });
  await sampler.sample();
  reading = { ...reading, cpuSeconds: 21 };
  await context.clock.advance(20_000);
  await sampler.sample();
  expect(log()).toHaveLength(4);
  expect(log()[2]).toContain(`heroku[web.1]: source=web.1 dyno=heroku.${appId}.${dynoId} sample#load_avg_1m=0.28`);
  expect(log()[3]).toContain('sample#memory_total=100.00MB');
});

test('a kill for memory that the dyno survives is R15, once', async () => {
  const dyno = (await context.engine.list())[0]!;
  const engine = { ...context.engine, stats: async () => [], list: async () => [{ ...dyno, oomKilled: true }] };
  sampler = createSampler({ ...context, engine });
  await sampler.sample();
  await sampler.sample();
  expect(log()).toEqual([
    'heroku[web.1]: Error R15 (Memory quota vastly exceeded)',
    'heroku[web.1]: Stopping process with SIGKILL',
  ]);
});
