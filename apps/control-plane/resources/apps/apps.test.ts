import { expect, test } from 'vitest';
import { createTestApi } from '../../http/testing/test-api.ts';

test('a new app has an owner, a default domain, two releases and their lines in the log', async () => {
  const { call, logOf } = await createTestApi();
  const created = await call('POST /apps', { name: 'jangada-demo' });
  expect(created.status).toBe(201);
  expect(created.body).toMatchObject({
    name: 'jangada-demo',
    generation: { name: 'cedar' },
    git_url: 'https://127.0.0.1:5000/jangada-demo.git',
    owner: { email: 'ana@example.com' },
    stack: { name: 'heroku-24' },
    web_url: 'http://jangada-demo.localhost:8080/',
  });
  expect((await call('GET /apps/jangada-demo/domains')).body).toMatchObject([
    { hostname: 'jangada-demo.localhost', kind: 'heroku' },
  ]);
  const releases = await call('GET /apps/jangada-demo/releases');
  expect(releases.body).toMatchObject([
    { version: 1, description: 'Initial release', current: false },
    { version: 2, description: 'Enable Logplex', current: true, status: 'succeeded', slug: null },
  ]);
  expect(await logOf('jangada-demo')).toEqual([
    'Initial release by user ana@example.com',
    'Release v1 created by user ana@example.com',
    'Enable Logplex by user ana@example.com',
    'Release v2 created by user ana@example.com',
  ]);
});

test('an app without a name gets one', async () => {
  const { call } = await createTestApi();
  const created = await call('POST /apps');
  expect(created.body.name).toMatch(/^[a-z]+-[a-z]+-\d{5}$/);
  expect((await call(`GET /apps/${created.body.id}`)).body.name).toBe(created.body.name);
});

test.each([
  ['ab', 'Name is too short (minimum is 3 characters).'],
  ['a'.repeat(31), 'Name is too long (maximum is 30 characters).'],
  ['Has_Caps', 'Name must start with a letter, end with a letter or digit'],
  ['ends-', 'Name must start with a letter, end with a letter or digit'],
])('the name %s is refused with its reason', async (name, reason) => {
  const { call } = await createTestApi();
  const refused = await call('POST /apps', { name });
  expect(refused.status).toBe(422);
  expect(refused.body).toMatchObject({ id: 'invalid_params', message: expect.stringContaining(reason) });
});

test('a taken name is refused and leaves nothing behind', async () => {
  const { call, context } = await createTestApi();
  await call('POST /apps', { name: 'taken' });
  const refused = await call('POST /apps', { name: 'taken' });
  expect(refused.body).toEqual({
    id: 'invalid_params',
    message: 'Name taken is already taken. Choose another name.',
  });
  expect(await context.store.rows.apps.count()).toBe(1);
  expect(await context.store.rows.releases.count()).toBe(2);
});

test('unknown stacks and regions are refused, the regions of Heroku are taken', async () => {
  const { call } = await createTestApi();
  expect((await call('POST /apps', { stack: 'cedar-14' })).body.message).toContain('heroku-24, container');
  expect((await call('POST /apps', { region: 'mars' })).status).toBe(422);
  expect((await call('POST /apps', { name: 'europe', region: 'eu' })).body.region.name).toBe('local');
});

test('a rename moves the default domain and the target of custom domains', async () => {
  const { call, logOf } = await createTestApi();
  await call('POST /apps', { name: 'before' });
  await call('POST /apps/before/domains', { hostname: 'www.example.com', sni_endpoint: null });
  expect((await call('PATCH /apps/before', { name: 'after' })).body.web_url).toBe('http://after.localhost:8080/');
  const domains = await call('GET /apps/after/domains', undefined, { headers: { range: 'hostname ..' } });
  expect(domains.body).toMatchObject([
    { hostname: 'after.localhost', kind: 'heroku' },
    { hostname: 'www.example.com', cname: 'after.localhost' },
  ]);
  expect((await call('GET /apps/before')).status).toBe(404);
  expect(await logOf('after')).toContain('Rename before to after by user ana@example.com');
});

test('a rename to a taken name changes nothing', async () => {
  const { call } = await createTestApi();
  await call('POST /apps', { name: 'first' });
  await call('POST /apps', { name: 'second' });
  expect((await call('PATCH /apps/second', { name: 'first', maintenance: true })).status).toBe(422);
  expect((await call('GET /apps/second')).body.maintenance).toBe(false);
});

test('maintenance is a switch, and the stack of the next build too', async () => {
  const { call, appNamed, deploy } = await createTestApi();
  await call('POST /apps', { name: 'demo' });
  expect((await call('PATCH /apps/demo', { maintenance: true })).body.maintenance).toBe(true);
  await deploy(await appNamed('demo'), { web: 'npm start' });
  const changed = await call('PATCH /apps/demo', { build_stack: 'container' });
  expect(changed.body).toMatchObject({ stack: { name: 'heroku-24' }, build_stack: { name: 'container' } });
});

test('an app without code is on another stack at once', async () => {
  const { call } = await createTestApi();
  await call('POST /apps', { name: 'demo' });
  const changed = await call('PATCH /apps/demo', { build_stack: 'container' });
  expect(changed.body).toMatchObject({ stack: { name: 'container' }, build_stack: { name: 'container' } });
});

test('changes at the same time keep each other’s', async () => {
  const { call } = await createTestApi();
  await call('POST /apps', { name: 'demo' });
  const changes = [{ name: 'demo-two' }, { maintenance: true }, { build_stack: 'container' }];
  const statuses = await Promise.all(changes.map(async (change) => (await call('PATCH /apps/demo', change)).status));
  expect(statuses).toEqual([200, 200, 200]);
  expect((await call('GET /apps/demo-two')).body).toMatchObject({
    name: 'demo-two',
    maintenance: true,
    build_stack: { name: 'container' },
  });
});

test('a destroyed app is gone with its rows, and its name is free', async () => {
  const { call, context, appNamed, deploy } = await createTestApi();
  await call('POST /apps', { name: 'short-lived' });
  await deploy(await appNamed('short-lived'), { web: 'npm start' });
  expect((await call('DELETE /apps/short-lived')).status).toBe(200);
  const { rows } = context.store;
  expect(await Promise.all([rows.releases.count(), rows.slugs.count(), rows.formations.count()])).toEqual([0, 0, 0]);
  expect(await rows.events.find({ entity: 'api:app', action: 'destroy' })).not.toBeNull();
  expect((await call('POST /apps', { name: 'short-lived' })).status).toBe(201);
});

test('people see their own apps and those that they collaborate on', async () => {
  const { call, addPerson, appNamed } = await createTestApi();
  const bia = await addPerson('bia@example.com');
  for (const name of ['one', 'two', 'three']) await call('POST /apps', { name });
  await call('POST /apps/two/collaborators', { user: 'bia@example.com' });
  expect((await call('GET /apps', undefined, { as: bia })).body).toMatchObject([{ name: 'two' }]);
  expect((await call('GET /apps/one', undefined, { as: bia })).body).toEqual({
    id: 'not_found',
    message: "Couldn't find that app.",
    resource: 'app',
  });
  const ids = [(await appNamed('one')).id, (await appNamed('two')).id];
  expect((await call('POST /filters/apps', { in: { id: ids } }, { as: bia })).body).toMatchObject([{ name: 'two' }]);
});
