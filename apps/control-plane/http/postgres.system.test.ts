import { systemIds } from '@jangada/core';
import { openPostgresStore } from '@jangada/store-postgres';
import { startPostgres, type TestPostgres } from '@jangada/store-postgres/testing';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Answer, createTestApi, type TestApi } from './testing/test-api.ts';

let postgres: TestPostgres;

beforeAll(async () => {
  postgres = await startPostgres();
});

afterAll(() => postgres.stop());

async function apiOnPostgres(): Promise<TestApi> {
  const store = await openPostgresStore({
    databaseUrl: await postgres.createDatabase(),
    masterKey: Buffer.alloc(32, 3),
    report: () => undefined,
  });
  return createTestApi({ store, ids: systemIds });
}

test('the life of an app on the real database', async () => {
  const { call, context, deploy, appNamed, addPerson, ana } = await apiOnPostgres();
  await addPerson('bia@example.com');
  expect((await call('POST /apps', { name: 'demo' })).status).toBe(201);
  expect((await call('POST /apps', { name: 'demo' })).body.message).toContain('already taken');
  await deploy(await appNamed('demo'), { web: 'npm start', worker: 'node worker.js' });
  const keys = Array.from({ length: 12 }, (_, index) => `KEY_${index}`);
  const set = await Promise.all(keys.map((key) => call('PATCH /apps/demo/config-vars', { [key]: 'olá' })));
  expect(set.map((answer) => answer.status)).toEqual(keys.map(() => 200));
  expect(Object.keys((await call('GET /apps/demo/config-vars')).body).sort()).toEqual([...keys].sort());
  const page = await call('GET /apps/demo/releases', undefined, { headers: { range: 'version 5..; max=3' } });
  expect(page.body.map((release: { version: number }) => release.version)).toEqual([5, 6, 7]);
  expect(page.headers['next-range']).toBe('version ]7..; max=3');
  expect((await call('POST /apps/demo/releases', { release: 3 })).body).toMatchObject({ version: 16, current: true });
  expect((await call('PATCH /apps/demo/formation', { updates: [{ type: 'web', quantity: '+1' }] })).status).toBe(200);
  await call('POST /apps/demo/domains', { hostname: 'www.example.com' });
  expect((await call('POST /apps/demo/domains', { hostname: 'www.example.com' })).status).toBe(422);
  expect((await call('POST /apps/demo/collaborators', { user: 'bia@example.com' })).status).toBe(201);
  await call('PUT /apps/demo/buildpack-installations', { updates: [{ buildpack: 'heroku/nodejs' }] });
  await call('PUT /apps/demo/buildpack-installations', { updates: [{ buildpack: 'heroku/python' }] });
  await call('PATCH /apps/demo/features/preboot', { enabled: true });
  expect((await call('PATCH /apps/demo', { name: 'renamed' })).body.name).toBe('renamed');
  expect((await call('GET /oauth/authorizations', undefined, { as: ana })).body).toHaveLength(1);
  expect((await call('DELETE /apps/renamed')).status).toBe(200);
  const { rows } = context.store;
  expect(await Promise.all([rows.releases.count(), rows.domains.count(), rows.formations.count()])).toEqual([0, 0, 0]);
  await context.store.close();
});

test('promotions in opposite directions at once are all made, and the ledgers have no gaps', async () => {
  const { call, context, deploy, appNamed } = await apiOnPostgres();
  await call('POST /pipelines', { name: 'line' });
  for (const app of ['left', 'right']) {
    await call('POST /apps', { name: app });
    expect((await call('POST /pipeline-couplings', { app, pipeline: 'line', stage: 'staging' })).status).toBe(201);
    await deploy(await appNamed(app), { web: `npm run ${app}` });
  }
  const { body: release } = await call('GET /apps/left/releases/current');
  const promote = (from: string, to: string) =>
    call('POST /pipeline-promotions', {
      pipeline: { id: 'line' },
      source: { app: { id: from } },
      targets: [{ app: { id: to } }],
    });
  const rounds = Array.from({ length: 8 }, () => [
    promote('left', 'right'),
    promote('right', 'left'),
    // It used to ask for a second connection within its transaction: a few at once waited for each other until all failed.
    call('POST /apps/right/releases', { slug: release.slug.id }),
    call('PATCH /apps/left/config-vars', { FOO: String(Math.random()) }),
  ]);
  const answers = await Promise.all(rounds.flat());
  expect(answers.filter(({ status }) => status > 299)).toEqual([]);
  const versions = async (app: string) =>
    (await call(`GET /apps/${app}/releases`)).body.map((one: { version: number }) => one.version);
  for (const [app, count] of [
    ['left', 19],
    ['right', 19],
  ] as const)
    expect(await versions(app)).toEqual(Array.from({ length: count }, (_, index) => index + 1));
  const { rows } = context.store;
  expect(await rows.pipelinePromotionTargets.count({ status: 'succeeded' })).toBe(16);
  await call('DELETE /apps/right');
  expect(await rows.pipelinePromotionTargets.count()).toBe(8);
  await call('DELETE /pipelines/line');
  expect(await Promise.all([rows.pipelinePromotions.count(), rows.pipelineCouplings.count()])).toEqual([0, 0]);
  await context.store.close();
});

test('when the database dies in the middle of changes, what was acknowledged is there and the ledger has no gaps', async () => {
  const { call, context, deploy, appNamed } = await apiOnPostgres();
  await call('POST /apps', { name: 'demo' });
  await deploy(await appNamed('demo'), { web: 'npm start' });
  const acknowledged = new Map<string, string>();
  let scaledTo = 1;
  let failures = 0;
  const failed = (answer: Answer): void => {
    expect([answer.status, answer.body.id]).toEqual([503, 'store_unavailable']);
    failures += 1;
  };
  const changeOn = async (lane: number): Promise<void> => {
    for (let turn = 0; failures < 4; turn++) {
      const key = `KEY_${lane}_${turn}`;
      const set = await call('PATCH /apps/demo/config-vars', { [key]: 'x' });
      if (set.status === 200) acknowledged.set(key, 'x');
      else failed(set);
    }
  };
  const scale = async (): Promise<void> => {
    while (failures < 4) {
      const scaled = await call('PATCH /apps/demo/formation', { updates: [{ type: 'web', quantity: scaledTo + 1 }] });
      if (scaled.status === 200) scaledTo += 1;
      else failed(scaled);
    }
  };
  const lanes = [scale(), ...[1, 2, 3].map(changeOn)];
  await expect.poll(() => acknowledged.size).toBeGreaterThan(20);
  await postgres.kill();
  await Promise.all(lanes);
  await postgres.start();
  await expect.poll(async () => (await call('GET /health')).status).toBe(200);

  const config: Record<string, string> = (await call('GET /apps/demo/config-vars')).body;
  for (const [key, value] of acknowledged) expect(config[key], key).toBe(value);
  const { body: releases } = await call('GET /apps/demo/releases', undefined, {
    headers: { range: 'version ..; max=1000' },
  });
  const versions = releases.map((release: { version: number }) => release.version);
  expect(versions).toEqual(versions.map((_: number, index: number) => index + 1));
  const { quantity } = (await call('GET /apps/demo/formation/web')).body;
  expect([scaledTo, scaledTo + 1]).toContain(quantity);
  await context.store.close();
});
