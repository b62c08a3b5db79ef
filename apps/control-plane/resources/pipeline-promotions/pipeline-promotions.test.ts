import { beforeEach, expect, test } from 'vitest';
import { type Answer, createTestApi, type Person, type TestApi } from '../../http/testing/test-api.ts';
import { appendRelease, finishRelease } from '../releases/append.ts';

let api: TestApi;
let bia: Person;

/** A pipeline of Ana's with an app that runs code at `staging`, and two at `production`. */
beforeEach(async () => {
  api = await createTestApi();
  bia = await api.addPerson('bia@example.com');
  await api.call('POST /pipelines', { name: 'line' });
  for (const [app, stage] of [
    ['staging', 'staging'],
    ['prod', 'production'],
    ['prod-eu', 'production'],
  ] as const) {
    await api.call('POST /apps', { name: app });
    await api.call('POST /pipeline-couplings', { app, pipeline: 'line', stage });
    await api.call(`PATCH /apps/${app}/config-vars`, { WHERE: app });
  }
  await api.deploy(await api.appNamed('staging'), { web: 'npm start', worker: 'work' });
});

interface Options {
  readonly as?: Person;
  readonly from?: string;
  readonly release?: string;
}

const promote = (to: readonly string[], { as = api.ana, from = 'staging', release }: Options = {}): Promise<Answer> =>
  api.call(
    'POST /pipeline-promotions',
    {
      pipeline: { id: 'line' },
      source: { app: { id: from }, ...(release === undefined ? {} : { release: { id: release } }) },
      targets: to.map((id) => ({ app: { id } })),
    },
    { as },
  );

/** Status and message of each target, by the name of its app. */
async function targetsOf({ body }: Answer): Promise<Record<string, unknown>> {
  const { body: targets } = await api.call(`GET /pipeline-promotions/${body.id}/promotion-targets`);
  const apps = await api.context.store.rows.apps.list();
  const nameOf = (id: string): string => apps.find((app) => app.id === id)?.name ?? id;
  return Object.fromEntries(
    targets.map((one: { app: { id: string }; status: string; error_message: string | null }) => [
      nameOf(one.app.id),
      one.error_message === null ? one.status : [one.status, one.error_message],
    ]),
  );
}

const current = async (app: string) => (await api.call(`GET /apps/${app}/releases/current`)).body;
const slugOf = async (app: string) => api.context.store.rows.slugs.get((await current(app)).slug.id);

test('the slug of the source runs on the targets, byte for byte, with their own config vars', async () => {
  const promotion = await promote(['prod', 'prod-eu']);
  const source = await current('staging');
  expect([promotion.status, promotion.body]).toEqual([
    201,
    expect.objectContaining({
      pipeline: { id: (await api.call('GET /pipelines/line')).body.id },
      source: { app: { id: source.app.id }, release: { id: source.id } },
      status: 'completed',
    }),
  ]);
  expect((await api.call(`GET /pipeline-promotions/${promotion.body.id}`)).body).toEqual(promotion.body);
  expect(await targetsOf(promotion)).toEqual({ prod: 'succeeded', 'prod-eu': 'succeeded' });
  const built = await slugOf('staging');
  for (const app of ['prod', 'prod-eu']) {
    expect(await current(app)).toMatchObject({
      version: 4,
      description: 'Promote staging v4 582fc95a',
      status: 'succeeded',
      user: { email: 'ana@example.com' },
    });
    const own = await slugOf(app);
    expect(own).toEqual({ ...built, id: own!.id, appId: (await api.appNamed(app)).id });
    expect(own!.id).not.toBe(built!.id);
    expect((await api.call(`GET /apps/${app}/config-vars`)).body).toEqual({ WHERE: app });
    expect((await api.call(`GET /apps/${app}/formation`)).body).toMatchObject([
      { type: 'web', quantity: 1 },
      { type: 'worker', quantity: 0 },
    ]);
    expect((await api.logOf(app)).slice(-2)).toEqual([
      'Promote staging v4 582fc95a by user ana@example.com',
      'Release v4 created by user ana@example.com',
    ]);
  }
});

/** Ends the release that waits on an app, as its release command does. */
async function end(app: string, status: 'succeeded' | 'failed'): Promise<void> {
  const { context } = api;
  const release = await context.store.rows.releases.find({ appId: (await api.appNamed(app)).id, status: 'pending' });
  await context.store.transaction((tx) => finishRelease(context, tx, release!, status));
}

/** The source runs code with a release command. */
async function deployWithCommand(): Promise<void> {
  await api.deploy(await api.appNamed('staging'), { web: 'npm start', release: 'migrate' });
  await end('staging', 'succeeded');
}

test('each target waits for its own release command, and one that fails does not stop the others', async () => {
  await deployWithCommand();
  const promotion = await promote(['prod', 'prod-eu']);
  expect(promotion.body.status).toBe('pending');
  expect(await targetsOf(promotion)).toEqual({ prod: 'pending', 'prod-eu': 'pending' });
  await api.clock.advance(5_000);
  await end('prod', 'failed');
  const see = 'heroku releases:output v4 -a prod';
  const failed = ['failed', `The release command of v4 failed, the old release goes on. See: ${see}`];
  expect(await targetsOf(promotion)).toEqual({ prod: failed, 'prod-eu': 'pending' });
  await end('prod-eu', 'succeeded');
  expect(await targetsOf(promotion)).toEqual({ prod: failed, 'prod-eu': 'succeeded' });
  const { body } = await api.call(`GET /pipeline-promotions/${promotion.body.id}`);
  expect(body.status).toBe('completed');
  expect(Date.parse(body.updated_at) - Date.parse(body.created_at)).toBe(5_000);
  expect((await current('prod')).version).toBe(3);
  expect((await current('prod-eu')).version).toBe(4);
});

test('what the control plane was killed in has failed, as its release has', async () => {
  await deployWithCommand();
  const promotion = await promote(['prod']);
  await api.parts.releasePhase.recover();
  expect((await targetsOf(promotion))['prod']).toEqual(['failed', expect.stringContaining('v4 failed')]);
});

test('a promotion that cannot be written leaves nothing of itself on any app', async () => {
  const { rows } = api.context.store;
  const counts = () => Promise.all([rows.releases, rows.slugs, rows.pipelinePromotions].map((table) => table.count()));
  const before = await counts();
  const whole = api.context.store.transaction.bind(api.context.store);
  const broken: Partial<typeof api.context.store> = {
    transaction: (work) =>
      whole(async (tx) => {
        await work(tx);
        throw new Error('killed before the commit');
      }),
  };
  Object.assign(api.context.store, broken);
  expect((await promote(['prod', 'prod-eu'])).status).toBe(500);
  expect(await counts()).toEqual(before);
});

test('targets that may not be deployed, or are on another stack, fail with the reason; the others are released', async () => {
  const { call } = api;
  await call('PATCH /apps/prod-eu', { build_stack: 'container' });
  await call('POST /apps/staging/collaborators', { user: 'bia@example.com' });
  const hidden = await promote(['prod', 'prod-eu'], { as: bia });
  expect(await targetsOf(hidden)).toEqual({
    prod: ['failed', expect.stringContaining('You have no access to that app')],
    'prod-eu': ['failed', expect.stringContaining('You have no access to that app')],
  });
  await call('POST /apps/prod/collaborators', { user: 'bia@example.com', permissions: ['view', 'operate'] });
  await call('POST /apps/prod-eu/collaborators', { user: 'bia@example.com' });
  expect(await targetsOf(await promote(['prod', 'prod-eu'], { as: bia }))).toEqual({
    prod: ['failed', expect.stringContaining('"deploy" on prod')],
    'prod-eu': ['failed', expect.stringContaining('heroku stack:set heroku-24 -a prod-eu')],
  });
  expect(await targetsOf(await promote(['prod', 'prod-eu']))).toMatchObject({ prod: 'succeeded' });
  expect((await current('prod-eu')).slug).toBeNull();
});

test('the source must be an app of the pipeline with code that can run, and the caller’s to deploy', async () => {
  const { call } = api;
  await call('POST /apps', { name: 'lonely' });
  const refused = async (to: string, options: Options = {}) => {
    const { status, body } = await promote([to], options);
    return [status, body.message];
  };
  expect(await refused('prod', { from: 'prod-eu' })).toEqual([
    422,
    'Cannot promote from prod-eu: it runs no code yet. Deploy to it first.',
  ]);
  expect(await refused('prod', { from: 'lonely' })).toEqual([422, expect.stringContaining('not in the pipeline line')]);
  expect(await refused('lonely')).toEqual([422, expect.stringContaining('lonely is not in the pipeline line')]);
  expect(await refused('staging')).toEqual([422, 'staging cannot be promoted to itself. Choose another target.']);
  expect(await refused('prod', { as: bia })).toEqual([404, "Couldn't find that pipeline."]);
  await call('POST /apps/prod/collaborators', { user: 'bia@example.com' });
  expect(await refused('prod', { as: bia })).toEqual([404, "Couldn't find that app."]);
  await call('POST /apps/staging/collaborators', { user: 'bia@example.com', permissions: ['view'] });
  expect(await refused('prod', { as: bia })).toEqual([403, expect.stringContaining('"deploy" on staging')]);
  expect((await call('POST /pipeline-promotions', { pipeline: { id: 'line' } })).status).toBe(422);
  expect(await refused('prod', { release: 'v1' })).toEqual([422, expect.stringContaining('v1 has no code')]);
  expect(await refused('prod', { release: 'v99' })).toEqual([404, "Couldn't find that release."]);
  expect(await api.context.store.rows.pipelinePromotions.count()).toBe(0);
});

test('an older release can be promoted, and an app that is named twice is released once', async () => {
  await api.deploy(await api.appNamed('staging'), { web: 'npm run next' });
  const promotion = await promote(['prod', (await api.appNamed('prod')).id], { release: 'v4' });
  expect(await targetsOf(promotion)).toEqual({ prod: 'succeeded' });
  expect(await current('prod')).toMatchObject({ version: 4, description: 'Promote staging v4 582fc95a' });
});

test('what failed on the source is not what it runs', async () => {
  const { context } = api;
  await api.deploy(await api.appNamed('staging'), { web: 'npm start', release: 'migrate' });
  await api.parts.releasePhase.recover();
  await promote(['prod']);
  expect((await current('prod')).description).toBe('Promote staging v4 582fc95a');
  expect((await slugOf('prod'))?.processTypes).toEqual({ web: 'npm start', worker: 'work' });
  expect(await context.store.rows.releases.count({ status: 'pending' })).toBe(0);
});

test('maintenance stays on through a promotion', async () => {
  await api.call('PATCH /apps/prod', { maintenance: true });
  expect(await targetsOf(await promote(['prod']))).toEqual({ prod: 'succeeded' });
  expect((await api.call('GET /apps/prod')).body.maintenance).toBe(true);
});

test('a promotion is seen by who sees its pipeline', async () => {
  const { body } = await promote(['prod']);
  const missing = {
    id: 'not_found',
    message: "Couldn't find that pipeline promotion.",
    resource: 'pipeline_promotion',
  };
  const path = `/pipeline-promotions/${body.id}`;
  expect((await api.call(`GET ${path}`, undefined, { as: bia })).body).toEqual(missing);
  expect((await api.call(`GET ${path}/promotion-targets`, undefined, { as: bia })).body).toEqual(missing);
  expect((await api.call('GET /pipeline-promotions/none')).body).toEqual(missing);
  await api.call('POST /apps/prod-eu/collaborators', { user: 'bia@example.com', permissions: ['view'] });
  expect((await api.call(`GET ${path}`, undefined, { as: bia })).status).toBe(200);
});

test('a target that is destroyed while its release command runs does not keep the promotion pending', async () => {
  await deployWithCommand();
  const promotion = await promote(['prod']);
  expect(promotion.body.status).toBe('pending');
  await api.call('DELETE /apps/prod');
  expect((await api.call(`GET /pipeline-promotions/${promotion.body.id}`)).body.status).toBe('completed');
  expect(await targetsOf(promotion)).toEqual({});
});

test('two promotions in opposite directions and a release between them all come to their end', async () => {
  await promote(['prod']);
  const [app, slug] = [await api.appNamed('prod'), await slugOf('prod')];
  const { context } = api;
  const input = { app, actorId: api.ana.account.id, slugId: slug!.id, configVars: {}, description: 'Deploy' };
  const answers = await Promise.all([
    promote(['prod', 'prod-eu']),
    promote(['staging', 'prod-eu'], { from: 'prod' }),
    api.call('POST /apps/staging/releases', { slug: slug!.id }),
    context.store.transaction(async (tx) => {
      await tx.lock(app.id);
      await appendRelease(context, tx, input);
      return { status: 201 };
    }),
  ]);
  expect(answers.map(({ status }) => status)).toEqual([201, 201, 201, 201]);
});
