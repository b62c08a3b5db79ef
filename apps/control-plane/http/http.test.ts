import { expect, test } from 'vitest';
import { createTestApi } from './testing/test-api.ts';

test('a request without credentials, or with wrong ones, is unauthorized', async () => {
  const { call } = await createTestApi();
  const anonymous = await call('GET /account', undefined, { as: null });
  expect(anonymous.status).toBe(401);
  expect(anonymous.body.id).toBe('unauthorized');
  const headers = { authorization: 'Bearer undefined' };
  expect((await call('GET /account', undefined, { as: null, headers })).status).toBe(401);
});

test('the token also works as the password of Basic, with any user name', async () => {
  const { call, ana } = await createTestApi();
  const headers = { authorization: `Basic ${Buffer.from(`heroku:${ana.token}`).toString('base64')}` };
  expect((await call('GET /account', undefined, { as: null, headers })).body.email).toBe('ana@example.com');
});

test('a list is sent in pages with 206 and Next-Range, and without Next-Range at its end', async () => {
  const { call } = await createTestApi();
  for (const name of ['delta', 'alfa', 'charlie', 'bravo', 'echo']) await call('POST /apps', { name });
  const names: string[] = [];
  let range = 'name ..; max=2';
  const statuses: number[] = [];
  for (;;) {
    const page = await call('GET /apps', undefined, { headers: { range } });
    statuses.push(page.status);
    names.push(...page.body.map((app: { name: string }) => app.name));
    expect(page.headers['accept-ranges']).toBe('id, name');
    if (page.headers['next-range'] === undefined) break;
    range = String(page.headers['next-range']);
  }
  expect(names).toEqual(['alfa', 'bravo', 'charlie', 'delta', 'echo']);
  expect(statuses).toEqual([206, 206, 200]);
});

test('releases are ranged by version in both directions, with bounds on either side', async () => {
  const { call } = await createTestApi();
  await call('POST /apps', { name: 'demo' });
  for (const value of ['1', '2', '3', '4']) await call('PATCH /apps/demo/config-vars', { FOO: value });
  const versions = async (range: string): Promise<unknown> => {
    const { body, headers } = await call('GET /apps/demo/releases', undefined, { headers: { range } });
    return [body.map((release: { version: number }) => release.version).join(' '), headers['next-range'] ?? 'end'];
  };
  expect(await versions('version ..; order=desc,max=1;')).toEqual(['6', 'version ]6..; order=desc,max=1']);
  expect(await versions('version ..; max=15, order=desc')).toEqual(['6 5 4 3 2 1', 'end']);
  expect(await versions('version 2..4')).toEqual(['2 3 4', 'end']);
  expect(await versions('version ]2..; max=2')).toEqual(['3 4', 'version ]4..; max=2']);
  expect(await versions('version 5..2; order=desc, max=2')).toEqual(['5 4', 'version ]4..2; order=desc,max=2']);
  expect(await versions('')).toEqual(['1 2 3 4 5 6', 'end']);
});

test.each(['color ..', 'version x..', 'version ..; max=0', 'nonsense', 'id not-a-uuid..'])(
  'the range "%s" cannot be satisfied',
  async (range) => {
    const { call } = await createTestApi();
    await call('POST /apps', { name: 'demo' });
    const refused = await call('GET /apps/demo/releases', undefined, { headers: { range } });
    expect(refused.status).toBe(416);
    expect(refused.body.id).toBe('requested_range_not_satisfiable');
  },
);

test('a read that has not changed is answered with 304 and no body', async () => {
  const { call } = await createTestApi();
  await call('POST /apps', { name: 'demo' });
  const first = await call('GET /apps/demo');
  const etag = String(first.headers['etag']);
  const again = await call('GET /apps/demo', undefined, { headers: { 'if-none-match': etag } });
  expect([again.status, again.body]).toEqual([304, '']);
  await call('PATCH /apps/demo', { maintenance: true });
  expect((await call('GET /apps/demo', undefined, { headers: { 'if-none-match': etag } })).status).toBe(200);
});

test('every answer carries a Request-Id, also when the client sends a long list of its own', async () => {
  const { call } = await createTestApi();
  const headers = { 'request-id': Array(150).fill('00000000-0000-7000-8000-000000000000').join(',') };
  const answer = await call('GET /account', undefined, { headers });
  expect(answer.headers['request-id']).toMatch(/^[0-9a-f-]{36}$/);
});

test('requests are counted by the hour and refused when there are none left', async () => {
  const { call, clock } = await createTestApi();
  const first = await call('GET /account');
  expect(first.headers['ratelimit-remaining']).toBe('4499');
  expect((await call('GET /account/rate-limits')).body).toEqual({ remaining: 4498 });
  for (let left = 4498; left > 0; left--) await call('GET /stacks');
  const refused = await call('GET /account');
  expect([refused.status, refused.body.id]).toEqual([429, 'rate_limit']);
  await clock.advance(60_000);
  expect((await call('GET /account')).headers['ratelimit-remaining']).toBe('74');
});

test.each([
  ['text/html', 406],
  ['application/vnd.heroku+json; version=2', 406],
  ['application/vnd.heroku+json; version=3.sdk', 200],
  ['application/vnd.heroku+json;version=3.docker-releases', 200],
  ['*/*', 200],
  ['application/json', 200],
])('Accept: %s is answered with %i', async (accept, status) => {
  const { call } = await createTestApi();
  expect((await call('GET /account', undefined, { headers: { accept } })).status).toBe(status);
});

test('a body that is not JSON is a bad request, one of the wrong shape names the field', async () => {
  const { call } = await createTestApi();
  await call('POST /apps', { name: 'demo' });
  const headers = { 'content-type': 'application/json' };
  const broken = await call('PATCH /apps/demo', '{"name":', { headers });
  expect([broken.status, broken.body.id]).toEqual([400, 'bad_request']);
  const wrong = await call('PATCH /apps/demo', { maintenance: 'yes' });
  expect(wrong.body).toEqual({ id: 'invalid_params', message: 'The field "maintenance" must be a boolean.' });
  const missing = await call('PATCH /apps/demo/formation', { updates: [{ quantity: 1 }] });
  expect(missing.body.message).toBe('The field "updates[0].type" is required.');
  expect((await call('POST /apps/demo/domains')).body.message).toBe('The field "hostname" is required.');
  const large = await call('PATCH /apps/demo/config-vars', { FOO: 'x'.repeat(1_100_000) });
  expect([large.status, large.body.id]).toEqual([413, 'payload_too_large']);
});

test('null characters and addresses that cannot be read are refused at the door', async () => {
  const { call } = await createTestApi();
  for (const path of ['/apps/%00', '/apps/%ff', `/apps/${'a'.repeat(5_000)}`]) {
    const refused = await call(`GET ${path}`);
    expect([refused.status, refused.body.id], path.slice(0, 20)).toEqual([400, 'bad_request']);
  }
  const refused = await call('PATCH /account', { name: 'a\0b' });
  expect(refused.body.message).toBe('The field "name" contains a null character, which cannot be kept.');
});

test('a header made to keep a parser busy is answered at once', async () => {
  const { call } = await createTestApi();
  await call('POST /apps', { name: 'demo' });
  const ranges = [`version ${' '.repeat(15_000)}..${' '.repeat(15_000)}x`, `version ${'.'.repeat(30_000)}`];
  const before = performance.now();
  for (const range of ranges) await call('GET /apps/demo/releases', undefined, { headers: { range } });
  expect(performance.now() - before).toBeLessThan(1_000);
});

test('curl without a content type may send JSON or a form', async () => {
  const { call } = await createTestApi();
  const headers = { 'content-type': 'application/x-www-form-urlencoded' };
  expect((await call('POST /apps', '{"name":"from-json"}', { headers })).body.name).toBe('from-json');
  expect((await call('POST /apps', 'name=from-form', { headers })).body.name).toBe('from-form');
});

test('what Heroku offers and we do not is not implemented, what nobody offers is not found', async () => {
  const { call } = await createTestApi();
  const unoffered = await call('POST /apps/demo/log-drains');
  expect(unoffered.body).toEqual({
    id: 'not_implemented',
    message: 'This version of Jangada does not offer POST /apps/{app}/log-drains (log-drain) yet.',
  });
  expect(unoffered.status).toBe(501);
  const unknown = await call('GET /bananas');
  expect([unknown.status, unknown.body.id]).toEqual([404, 'not_found']);
});

test('an unexpected error shows a short id that the log has too, and nothing else', async () => {
  const { call, context, reports } = await createTestApi();
  context.store.rows.accounts.get = async () => {
    throw new Error('secret details');
  };
  const failed = await call('GET /account');
  expect(failed.status).toBe(500);
  const [, incident] = /incident id ([0-9a-f]{8})/.exec(failed.body.message) ?? [];
  expect(JSON.stringify(failed.body)).not.toContain('secret details');
  expect(reports).toMatchObject([{ event: 'request-failed', detail: { incident } }]);
});

test('health is public and tells when the database is away', async () => {
  const { call, context } = await createTestApi();
  expect((await call('GET /health', undefined, { as: null })).body).toEqual({ status: 'ok' });
  await context.store.close();
  const sick = await call('GET /health', undefined, { as: null });
  expect([sick.status, sick.body.id]).toEqual([503, 'store_unavailable']);
});

test('HEAD answers like GET without a body', async () => {
  const { server, ana } = await createTestApi();
  const headers = { authorization: `Bearer ${ana.token}` };
  const head = await server.inject({ method: 'HEAD', url: '/account', headers });
  expect([head.statusCode, head.body]).toEqual([200, '']);
});

test('GET /schema lists the operations with the shapes of their bodies', async () => {
  const { call } = await createTestApi();
  const { body } = await call('GET /schema', undefined, { as: null });
  const links: { method: string; href: string; schema?: object }[] = body.links;
  expect(links.find((link) => link.method === 'PATCH' && link.href === '/apps/{app}/formation')?.schema).toBeDefined();
});
