import { beforeEach, expect, test } from 'vitest';
import { createTestApi, type Person, type TestApi } from '../../http/testing/test-api.ts';

let api: TestApi;
let bia: Person;

beforeEach(async () => {
  api = await createTestApi();
  bia = await api.addPerson('bia@example.com');
  await api.call('POST /apps', { name: 'shop' });
  await api.call('POST /pipelines', { name: 'line' });
});

const add = (body: object = {}, as = api.ana) =>
  api.call('POST /pipeline-couplings', { app: 'shop', pipeline: 'line', stage: 'staging', ...body }, { as });

test('an app joins a pipeline, moves to another stage, and leaves', async () => {
  const { call, appNamed } = api;
  const pipeline = (await call('GET /pipelines/line')).body;
  const { status, body } = await add({ pipeline: pipeline.id });
  expect([status, body]).toEqual([
    201,
    expect.objectContaining({
      app: { id: (await appNamed('shop')).id },
      pipeline: { id: pipeline.id, name: 'line' },
      stage: 'staging',
    }),
  ]);
  for (const path of [
    'apps/shop/pipeline-couplings',
    `pipeline-couplings/${body.id}`,
    `pipeline-couplings/${body.id.toUpperCase()}`,
  ])
    expect((await call(`GET /${path}`)).body).toEqual(body);
  for (const path of ['pipeline-couplings', 'users/~/pipeline-couplings', 'pipelines/line/pipeline-couplings'])
    expect((await call(`GET /${path}`)).body, path).toEqual([body]);
  expect((await call(`PATCH /pipeline-couplings/${body.id}`, { stage: 'production' })).body.stage).toBe('production');
  expect((await call(`PATCH /pipeline-couplings/${body.id}`, {})).body.stage).toBe('production');
  expect((await call(`DELETE /pipeline-couplings/${body.id}`)).body.id).toBe(body.id);
  expect((await call(`GET /pipeline-couplings/${body.id}`)).body).toEqual({
    id: 'not_found',
    message: "Couldn't find that pipeline coupling.",
    resource: 'pipeline_coupling',
  });
  expect((await call('GET /pipelines/line')).status, 'the last one that leaves does not take it along').toBe(200);
});

test('an app is in one pipeline at a time, at a stage that there is', async () => {
  const { call } = api;
  await call('POST /pipelines', { name: 'other' });
  expect((await add({ stage: 'qa' })).body.message).toBe(
    'There is no stage "qa". Choose one of: test, review, development, staging, production.',
  );
  const { body: coupling } = await add();
  for (const pipeline of ['line', 'other']) {
    const { status, body } = await add({ pipeline });
    expect([status, body.message]).toEqual([422, expect.stringContaining('heroku pipelines:remove -a shop')]);
  }
  expect((await call(`PATCH /pipeline-couplings/${coupling.id}`, { stage: 'qa' })).status).toBe(422);
  expect((await add({ app: 'none' })).body).toMatchObject({ id: 'not_found', resource: 'app' });
  expect((await add({ pipeline: 'none' })).body).toMatchObject({ id: 'not_found', resource: 'pipeline' });
});

test('two requests at once put an app into one pipeline', async () => {
  await api.call('POST /pipelines', { name: 'other' });
  const answers = await Promise.all([add(), add({ pipeline: 'other' })]);
  expect(answers.map(({ status }) => status).sort()).toEqual([201, 422]);
});

test('a coupling is changed by who operates its app, and seen by who sees its pipeline', async () => {
  const { call } = api;
  const { body: coupling } = await add();
  const path = `/pipeline-couplings/${coupling.id}`;
  const as = { as: bia };
  await call('POST /apps', { name: 'bias' }, as);
  expect((await add({ app: 'bias' }, bia)).body).toMatchObject({ id: 'not_found', resource: 'pipeline' });
  for (const method of ['GET', 'PATCH', 'DELETE'])
    expect((await call(`${method} ${path}`, { stage: 'review' }, as)).body.resource).toBe('pipeline_coupling');
  expect((await call('GET /pipeline-couplings', undefined, as)).body).toEqual([]);
  await call('POST /apps/shop/collaborators', { user: 'bia@example.com', permissions: ['view'] });
  expect((await call(`GET ${path}`, undefined, as)).status).toBe(200);
  for (const method of ['PATCH', 'DELETE'])
    expect((await call(`${method} ${path}`, { stage: 'review' }, as)).body.message).toContain('"operate" on shop');
  expect((await add({ app: 'shop' }, bia)).status).toBe(403);
  const joined = await add({ app: 'bias' }, bia);
  expect(joined.status).toBe(201);
  expect((await call(`DELETE /pipeline-couplings/${joined.body.id}`)).status, 'the app is Bia’s alone').toBe(404);
  expect((await call('GET /users/~/pipeline-couplings')).body).toEqual([coupling]);
  expect((await call('GET /pipeline-couplings')).body).toHaveLength(2);
});

test('a destroyed app leaves its pipeline, and every change is an event', async () => {
  const { call, context, appNamed } = api;
  const { id: appId } = await appNamed('shop');
  const { body } = await add();
  await call(`PATCH /pipeline-couplings/${body.id}`, { stage: 'production' });
  await call('DELETE /apps/shop');
  expect((await call('GET /pipelines/line/pipeline-couplings')).body).toEqual([]);
  const events = await context.store.rows.events.list({ appId, entity: 'api:pipeline-coupling' });
  expect(events.map(({ action, data }) => [action, data['stage']])).toEqual([
    ['create', 'staging'],
    ['update', 'production'],
  ]);
});
