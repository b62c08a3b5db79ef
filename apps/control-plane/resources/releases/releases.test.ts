import { expect, test } from 'vitest';
import { createTestApi, type TestApi } from '../../http/testing/test-api.ts';
import { appendRelease, finishRelease } from './append.ts';

async function demo(): Promise<TestApi> {
  const api = await createTestApi();
  await api.call('POST /apps', { name: 'demo' });
  return api;
}

test('a rollback is a new release with the slug and the config vars of the old one', async () => {
  const { call, deploy, appNamed } = await demo();
  const slug = await deploy(await appNamed('demo'), { web: 'npm start' });
  await call('PATCH /apps/demo/config-vars', { FOO: '1' });
  const rolledBack = await call('POST /apps/demo/releases', { release: 'v3' });
  expect(rolledBack.status).toBe(201);
  expect(rolledBack.body).toMatchObject({
    version: 5,
    description: 'Rollback to v3',
    slug: { id: slug.id },
    current: true,
  });
  expect((await call('GET /apps/demo/config-vars')).body).toEqual({});
});

test('a release without a slug, a failed and an expired one cannot be rolled back to', async () => {
  const { call, context, deploy, appNamed } = await demo();
  await deploy(await appNamed('demo'), { web: 'npm start' });
  expect((await call('POST /apps/demo/releases', { release: 1 })).body).toEqual({
    id: 'invalid_params',
    message: 'Cannot roll back to v1: it has no slug. Choose a release made by a deploy or after one.',
  });
  const { releases } = context.store.rows;
  const deployed = await releases.find({ version: 3 });
  for (const status of ['failed', 'expired'] as const) {
    await releases.update(deployed!.id, { status });
    expect((await call('POST /apps/demo/releases', { release: 3 })).status).toBe(422);
  }
  expect((await call('POST /apps/demo/releases', { release: 99 })).body).toMatchObject({
    id: 'not_found',
    resource: 'release',
  });
});

test('a slug with a release command waits for it: pending, then succeeded', async () => {
  const { call, context, deploy, appNamed } = await demo();
  await deploy(await appNamed('demo'), { web: 'npm start', release: 'npm run migrate' });
  const { body: pending } = await call('GET /apps/demo/releases/3');
  expect(pending).toMatchObject({ status: 'pending', current: false, eligible_for_rollback: false });
  expect((await call('GET /apps/demo/releases/current')).body.version).toBe(2);

  const url = new URL(pending.output_stream_url).pathname;
  expect((await call(`GET ${url}`, undefined, { as: null })).status).toBe(404);
  const release = (await context.store.rows.releases.find({ version: 3 }))!;
  await context.outputs.append(release.outputStreamId!, Buffer.from('migrated\n'));
  await context.outputs.finish(release.outputStreamId!);
  const output = await call(`GET ${url}`, undefined, { as: null });
  expect([output.status, output.body]).toEqual([200, 'migrated\n']);

  await context.store.transaction((tx) => finishRelease(context, tx, release, 'succeeded'));
  expect((await call('GET /apps/demo/releases/3')).body).toMatchObject({ status: 'succeeded', current: true });
});

test('a failed release command leaves slug and formation as they were, but not the config vars', async () => {
  const { call, context, addSlug, deploy, appNamed, ana } = await demo();
  const app = await appNamed('demo');
  const good = await deploy(app, { web: 'npm start', worker: 'node worker.js' });
  const bad = await addSlug(app, { web: 'npm start', release: 'false' });
  await context.store.transaction(async (tx) => {
    const release = await appendRelease(context, tx, {
      app,
      actorId: ana.account.id,
      slugId: bad.id,
      configVars: { FOO: '1' },
      description: 'Deploy bad',
    });
    await finishRelease(context, tx, release, 'failed');
  });
  expect((await call('GET /apps/demo/formation')).body).toMatchObject([
    { type: 'release', quantity: 0 },
    { type: 'web' },
    { type: 'worker' },
  ]);
  await call('PATCH /apps/demo/config-vars', { BAR: '2' });
  expect((await call('GET /apps/demo/config-vars')).body).toEqual({ FOO: '1', BAR: '2' });
  expect((await call('GET /apps/demo/releases/5')).body).toMatchObject({ slug: { id: good.id }, current: true });
});

test('a slug can be released again with a description', async () => {
  const { call, deploy, appNamed } = await demo();
  const slug = await deploy(await appNamed('demo'), { web: 'npm start' });
  const retried = await call('POST /apps/demo/releases', { slug: slug.id, description: 'Retry of v3' });
  expect(retried.body).toMatchObject({ version: 4, description: 'Retry of v3' });
  expect((await call('POST /apps/demo/releases', {})).body.message).toContain('"release"');
});

test('the first deploy runs one web dyno and none of the others; types that go leave the formation', async () => {
  const { call, deploy, appNamed } = await demo();
  const app = await appNamed('demo');
  await deploy(app, { web: 'npm start', worker: 'node worker.js', release: 'true' });
  const formation = async () =>
    (await call('GET /apps/demo/formation')).body.map(
      (one: { type: string; quantity: number; size: string }) => `${one.type}=${one.quantity}:${one.size}`,
    );
  expect(await formation()).toEqual(['release=0:Basic', 'web=1:Basic', 'worker=0:Basic']);
  await call('PATCH /apps/demo/formation', { updates: [{ type: 'web', quantity: 3 }] });
  await deploy(app, { web: 'npm run serve', clock: 'node clock.js' });
  expect(await formation()).toEqual(['clock=0:Basic', 'web=3:Basic']);
});

test('an output URL that was forged leads nowhere', async () => {
  const { call } = await demo();
  expect((await call('GET /output-streams/abc.def', undefined, { as: null })).status).toBe(404);
});

test('a slug is released on another app with the very same content, for who may deploy both', async () => {
  const { call, context, deploy, appNamed, addPerson } = await demo();
  const slug = await deploy(await appNamed('demo'), { web: 'npm start' });
  await call('POST /apps', { name: 'production' });
  const { status, body } = await call('POST /apps/production/releases', {
    slug: slug.id,
    description: 'Promote demo v3',
  });
  expect([status, body.description]).toEqual([201, 'Promote demo v3']);
  const promoted = await context.store.rows.slugs.get(body.slug.id);
  expect(promoted).toMatchObject({ digest: slug.digest, size: slug.size, commit: slug.commit });
  await call('DELETE /apps/demo');
  expect(await context.store.rows.slugs.get(body.slug.id)).not.toBeNull();
  const bia = await addPerson('bia@example.com');
  await call('POST /apps', { name: 'stranger' }, { as: bia });
  expect(await call('POST /apps/stranger/releases', { slug: body.slug.id }, { as: bia })).toMatchObject({
    status: 404,
  });
});
