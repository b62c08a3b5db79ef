import { makeCertificate } from '@jangada/conformance';
import { systemClock } from '@jangada/core';
import { expect, test } from 'vitest';
import { createTestApi, type TestApi } from '../../http/testing/test-api.ts';

const one = makeCertificate({ names: ['www.example.com', 'example.com'] });
const two = makeCertificate({ names: ['*.example.com'] });
const upload = (pair: typeof one): object => ({ certificate_chain: pair.cert, private_key: pair.key });

async function withApp(): Promise<TestApi> {
  const api = await createTestApi({ clock: systemClock });
  await api.call('POST /apps', { name: 'demo' });
  return api;
}

test('a certificate is added, shown without its key, found by name, and removed', async () => {
  const { call, context, logOf } = await withApp();
  const added = await call('POST /apps/demo/sni-endpoints', { ...upload(one), display_name: 'shop' });
  expect(added.status).toBe(201);
  expect(added.body).toMatchObject({
    name: expect.stringMatching(/^[a-z]+-[a-z]+-\d+$/),
    display_name: 'shop',
    domains: [],
    ssl_cert: { cert_domains: ['www.example.com', 'example.com'], 'self_signed?': true, acm: false },
  });
  expect(JSON.stringify(added.body)).not.toContain('PRIVATE');
  const { name, id } = added.body;
  for (const address of [name, id, 'shop']) {
    expect((await call(`GET /apps/demo/sni-endpoints/${address}`)).body.id).toBe(id);
  }
  expect((await call('GET /apps/demo/sni-endpoints')).body).toHaveLength(1);
  expect((await call(`DELETE /apps/demo/sni-endpoints/${name}`)).status).toBe(200);
  expect((await call('GET /apps/demo/sni-endpoints')).body).toEqual([]);
  const log = await logOf('demo');
  expect(log).toContain(`Add ${name} certificate by user ana@example.com`);
  expect(log).toContain(`Remove ${name} certificate by user ana@example.com`);
  const events = await context.store.rows.events.list({ entity: 'api:sni-endpoint' });
  expect(events.map((event) => event.action)).toEqual(['create', 'destroy']);
  expect(JSON.stringify(events)).not.toContain('PRIVATE');
});

test('domains take the certificate that is for them, whichever comes first', async () => {
  const { call } = await withApp();
  await call('POST /apps/demo/domains', { hostname: 'www.example.com', sni_endpoint: null });
  await call('POST /apps/demo/domains', { hostname: 'other.test', sni_endpoint: null });
  const { body: endpoint } = await call('POST /apps/demo/sni-endpoints', upload(one));
  const www = await call('GET /apps/demo/domains/www.example.com');
  expect(www.body.sni_endpoint).toEqual({ id: endpoint.id, name: endpoint.name });
  expect((await call('GET /apps/demo/domains/other.test')).body.sni_endpoint).toBeNull();
  const apex = await call('POST /apps/demo/domains', { hostname: 'example.com', sni_endpoint: null });
  expect(apex.body.sni_endpoint.name).toBe(endpoint.name);
  expect((await call(`GET /apps/demo/sni-endpoints/${endpoint.name}`)).body.domains).toEqual([
    www.body.id,
    apex.body.id,
  ]);
  await call(`DELETE /apps/demo/sni-endpoints/${endpoint.name}`);
  expect((await call('GET /apps/demo/domains/www.example.com')).body.sni_endpoint).toBeNull();
});

test('a domain is given another certificate, and none', async () => {
  const { call } = await withApp();
  await call('POST /apps/demo/sni-endpoints', upload(one));
  const { body: wildcard } = await call('POST /apps/demo/sni-endpoints', upload(two));
  await call('POST /apps/demo/domains', { hostname: 'www.example.com', sni_endpoint: null });
  const given = await call('PATCH /apps/demo/domains/www.example.com', { sni_endpoint: wildcard.name });
  expect(given.body.sni_endpoint.name).toBe(wildcard.name);
  expect((await call('PATCH /apps/demo/domains/www.example.com', { sni_endpoint: null })).body.sni_endpoint).toBeNull();
});

test('a certificate that is not for a domain is refused for it, by name', async () => {
  const { call } = await withApp();
  const { body: endpoint } = await call('POST /apps/demo/sni-endpoints', upload(one));
  const refused = await call('POST /apps/demo/domains', { hostname: 'a.test', sni_endpoint: endpoint.name });
  expect(refused.body.message).toContain('is for www.example.com, example.com, not for a.test.');
  await call('POST /apps/demo/domains', { hostname: 'example.com', sni_endpoint: null });
  const changed = await call(`PATCH /apps/demo/sni-endpoints/${endpoint.name}`, upload(two));
  expect(changed.body.message).toContain(`but example.com uses ${endpoint.name}`);
  expect((await call('PATCH /apps/demo/domains/demo.localhost', { sni_endpoint: endpoint.name })).status).toBe(422);
  expect((await call('PATCH /apps/demo/domains/example.com', { sni_endpoint: 'nothing' })).body).toMatchObject({
    id: 'not_found',
    resource: 'sni_endpoint',
  });
});

test('updating puts another pair in its place; half a pair and taken display names are refused', async () => {
  const { call } = await withApp();
  const { body: endpoint } = await call('POST /apps/demo/sni-endpoints', { ...upload(one), display_name: 'shop' });
  const changed = await call(`PATCH /apps/demo/sni-endpoints/${endpoint.name}`, upload(two));
  expect(changed.body).toMatchObject({ display_name: 'shop', ssl_cert: { cert_domains: ['*.example.com'] } });
  const half = await call(`PATCH /apps/demo/sni-endpoints/${endpoint.name}`, { certificate_chain: one.cert });
  expect(half.body.message).toContain('together');
  const taken = await call('POST /apps/demo/sni-endpoints', { ...upload(one), display_name: 'shop' });
  expect(taken.body.message).toBe('Another certificate of this app is called shop already.');
  const wrong = await call('POST /apps/demo/sni-endpoints', { certificate_chain: one.cert, private_key: two.key });
  expect([wrong.status, wrong.body.id]).toEqual([422, 'invalid_params']);
});

test('certificates are changed by who may operate the app only, and belong to one app', async () => {
  const { call, addPerson } = await withApp();
  const bia = await addPerson('bia@example.com');
  await call('POST /apps/demo/collaborators', { user: 'bia@example.com', permissions: ['view'] });
  expect((await call('GET /apps/demo/sni-endpoints', undefined, { as: bia })).status).toBe(200);
  expect((await call('POST /apps/demo/sni-endpoints', upload(one), { as: bia })).status).toBe(403);
  const { body: endpoint } = await call('POST /apps/demo/sni-endpoints', upload(one));
  await call('POST /apps', { name: 'second' });
  expect((await call(`GET /apps/second/sni-endpoints/${endpoint.name}`)).status).toBe(404);
  expect((await call(`DELETE /apps/second/sni-endpoints/${endpoint.id}`)).status).toBe(404);
});
