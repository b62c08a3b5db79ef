import { beforeEach, expect, test } from 'vitest';
import { createTestApi, type Person, type TestApi } from '../../http/testing/test-api.ts';

let api: TestApi;
let bia: Person;

beforeEach(async () => {
  api = await createTestApi();
  bia = await api.addPerson('bia@example.com');
});

const names = ({ body }: { body: readonly { name: string }[] }) => body.map(({ name }) => name);

/** Apps of Ana, each at a stage of the pipeline. */
async function couple(pipeline: string, apps: Readonly<Record<string, string>>): Promise<void> {
  for (const [app, stage] of Object.entries(apps)) {
    await api.call('POST /apps', { name: app });
    expect((await api.call('POST /pipeline-couplings', { app, pipeline, stage })).status).toBe(201);
  }
}

test('a pipeline is made, found by name and id, renamed and destroyed', async () => {
  const { call, ana } = api;
  const made = await call('POST /pipelines', {
    name: 'shop',
    owner: { id: ana.account.id, type: 'user' },
    generation: { name: 'cedar' },
  });
  expect([made.status, made.body]).toEqual([
    201,
    expect.objectContaining({
      name: 'shop',
      owner: { id: ana.account.id, type: 'user' },
      generation: expect.objectContaining({ name: 'cedar' }),
    }),
  ]);
  for (const asked of ['shop', made.body.id]) expect((await call(`GET /pipelines/${asked}`)).body).toEqual(made.body);
  expect((await call(`PATCH /pipelines/${made.body.id}`, { name: 'store' })).body.name).toBe('store');
  expect((await call('GET /pipelines/shop')).body).toMatchObject({ id: 'not_found', resource: 'pipeline' });
  expect((await call('DELETE /pipelines/store', { name: 'store' })).body.id).toBe(made.body.id);
  expect((await call('GET /pipelines')).body).toEqual([]);
});

test('names are those of the published schema, and nobody has the name of another', async () => {
  const { call } = api;
  await call('POST /pipelines', { name: 'shop' });
  await call('POST /pipelines', { name: 'other' });
  for (const name of ['ab', '1shop', 'Shop', 'a'.repeat(31)]) {
    const { status, body } = await call('POST /pipelines', { name });
    expect([status, body.message], name).toEqual([422, expect.stringContaining('3 to 30 lowercase letters')]);
  }
  const taken = { id: 'invalid_params', message: 'There is already a pipeline shop. Choose another name.' };
  expect((await call('POST /pipelines', { name: 'shop' }, { as: bia })).body).toEqual(taken);
  expect((await call('PATCH /pipelines/other', { name: 'shop' })).body).toEqual(taken);
  expect((await call('PATCH /pipelines/other', {})).body.name).toBe('other');
});

test('a pipeline is its maker’s: not a team’s, not somebody else’s, and of no other generation', async () => {
  const make = async (more: object) => (await api.call('POST /pipelines', { name: 'shop', ...more })).body.message;
  expect(await make({ owner: { id: bia.account.id, type: 'user' } })).toContain('made by its owner');
  expect(await make({ owner: { id: bia.account.id, type: 'team' } })).toContain('There are no teams');
  expect(await make({ generation: { name: 'fir' } })).toContain('no generation fir');
  expect(await make({ owner: null, generation: null })).toBeUndefined();
});

test('who has access to an app of a pipeline sees it; only its owner renames and destroys it', async () => {
  const { call } = api;
  await call('POST /pipelines', { name: 'shop' });
  await call('POST /pipelines', { name: 'secret' });
  await couple('shop', { prod: 'production', staging: 'staging' });
  const as = { as: bia };
  expect((await call('GET /pipelines/shop', undefined, as)).status).toBe(404);
  expect((await call('GET /pipelines/shop/pipeline-couplings', undefined, as)).status).toBe(404);
  expect((await call('GET /pipelines', undefined, as)).body).toEqual([]);
  await call('POST /apps/staging/collaborators', { user: 'bia@example.com', permissions: ['view'] });
  expect(names(await call('GET /pipelines', undefined, as))).toEqual(['shop']);
  expect((await call('GET /pipelines/shop/pipeline-couplings', undefined, as)).body).toHaveLength(2);
  expect((await call('GET /pipelines/shop/latest-releases', undefined, as)).body).toHaveLength(1);
  for (const request of ['PATCH /pipelines/shop', 'DELETE /pipelines/shop']) {
    const { status, body } = await call(request, { name: 'mine' }, as);
    expect([status, body.id, body.message], request).toEqual([403, 'forbidden', expect.stringContaining('owner')]);
  }
});

test('the list can be ranged by id and name and filtered by name', async () => {
  const { call } = api;
  for (const name of ['delta', 'alfa', 'bravo']) await call('POST /pipelines', { name });
  const headers = { range: 'name ..; max=2' };
  const page = await call('GET /pipelines', undefined, { headers });
  expect([page.status, names(page), page.headers['next-range']]).toEqual([
    206,
    ['alfa', 'bravo'],
    'name ]bravo..; max=2',
  ]);
  expect(names(await call('GET /pipelines?eq[name]=delta'))).toEqual(['delta']);
  expect(names(await call('GET /pipelines?eq[name]=none'))).toEqual([]);
});

test('a destroyed pipeline leaves its apps, which can join another one', async () => {
  const { call } = api;
  await call('POST /pipelines', { name: 'shop' });
  await couple('shop', { prod: 'production' });
  await call('DELETE /pipelines/shop');
  expect((await call('GET /apps/prod')).status).toBe(200);
  expect((await call('GET /apps/prod/pipeline-couplings')).body.resource).toBe('pipeline_coupling');
  await call('POST /pipelines', { name: 'other' });
  expect((await call('POST /pipeline-couplings', { app: 'prod', pipeline: 'other', stage: 'review' })).status).toBe(
    201,
  );
});

test('the newest releases, deployments and builds of the apps are listed', async () => {
  const { call, deploy, appNamed, context } = api;
  await call('POST /pipelines', { name: 'shop' });
  await couple('shop', { prod: 'production', staging: 'staging', empty: 'review' });
  await deploy(await appNamed('staging'), { web: 'npm start' });
  await deploy(await appNamed('prod'), { web: 'npm start' });
  for (let each = 0; each < 30; each++) await call('PATCH /apps/prod/config-vars', { FOO: String(each) });
  const { id: appId } = await appNamed('prod');
  const row = { appId, userId: api.ana.account.id, stack: 'heroku-24', sourceVersion: null, sourceDescription: null };
  const dates = { createdAt: api.clock.now(), updatedAt: api.clock.now() };
  for (const status of ['failed', 'succeeded'] as const) {
    await context.store.rows.builds.insert({
      ...row,
      ...dates,
      id: context.ids.uuid(),
      status,
      sourceUrl: null,
      sourceChecksum: null,
      buildpacks: [],
      slugId: null,
      releaseId: null,
      failure: null,
      phases: [],
    });
  }
  const versions = async (what: string) =>
    Object.fromEntries(
      (await call(`GET /pipelines/shop/${what}`)).body.map((one: { app: { name: string }; version: number }) => [
        one.app.name,
        one.version,
      ]),
    );
  expect(await versions('latest-releases')).toEqual({ prod: 33, staging: 3, empty: 2 });
  expect(await versions('latest-deployments')).toEqual({ prod: 3, staging: 3 });
  const { body: builds } = await call('GET /pipelines/shop/latest-builds');
  expect(builds).toMatchObject([{ app: { id: appId }, status: 'succeeded' }]);
});

test('the stack of a pipeline is that of its most downstream app', async () => {
  const { call } = api;
  await call('POST /pipelines', { name: 'shop' });
  expect((await call('GET /pipelines/shop/pipeline-stack')).body).toEqual({ stack: null });
  await couple('shop', { dev: 'development', staging: 'staging' });
  await call('PATCH /apps/staging', { build_stack: 'container' });
  expect((await call('GET /pipelines/shop/pipeline-stack')).body.stack.name).toBe('container');
  await couple('shop', { prod: 'production' });
  expect((await call('GET /pipelines/shop/pipeline-stack')).body.stack.name).toBe('heroku-24');
});
