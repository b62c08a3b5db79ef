import { makeCertificate } from '@jangada/conformance';
import { DEFAULT_SETTINGS, systemClock } from '@jangada/core';
import { expect, test } from 'vitest';
import { createTestApi } from '../../http/testing/test-api.ts';
import { readHostname } from './hostname.ts';

test.each([
  ['WWW.Example.COM', 'www.example.com'],
  ['*.example.com', '*.example.com'],
  ['example.com.', 'example.com'],
  ['pão.example.com', 'xn--po-sia.example.com'],
])('%s is kept as %s', (given, kept) => {
  expect(readHostname(given, 'localhost')).toBe(kept);
});

test.each([
  'localhost',
  'http://a.example.com',
  'a b.example.com',
  '10.0.0.1',
  '*.*.example.com',
  'a.*.com',
  'a.-b.com',
  'a..example.com',
  '../etc/passwd',
  'a\0.example.com',
  'a%2eexample.com',
  'example.com?x',
  '[::1].example.com',
  '',
])('"%s" is not a domain', (given) => {
  expect(() => readHostname(given, 'apps.test')).toThrow(/is not a domain name/);
});

test('the names of the platform are not given to custom domains', () => {
  expect(() => readHostname('other.apps.test', 'apps.test')).toThrow(/belong to the platform/);
  expect(() => readHostname('*.apps.test', 'apps.test')).toThrow(/belong to the platform/);
  expect(() => readHostname('*.example.com', 'apps.example.com')).toThrow(/belong to the platform/);
  expect(readHostname('myapps.test', 'apps.test')).toBe('myapps.test');
});

test('a domain belongs to one app only', async () => {
  const { call } = await createTestApi();
  for (const name of ['one', 'two']) await call('POST /apps', { name });
  const added = await call('POST /apps/one/domains', { hostname: 'www.example.com', sni_endpoint: null });
  expect(added.body).toMatchObject({ kind: 'custom', cname: 'one.localhost', status: 'succeeded' });
  const again = await call('POST /apps/one/domains', { hostname: 'WWW.example.com' });
  expect(again.body.message).toBe('www.example.com is already on this app.');
  const elsewhere = await call('POST /apps/two/domains', { hostname: 'www.example.com' });
  expect(elsewhere.body.message).toBe('www.example.com is currently in use by another app.');
  expect((await call('DELETE /apps/two/domains/www.example.com')).status).toBe(404);
});

test('nobody takes requests of another account by a wildcard, nor loses them to one', async () => {
  const { call, addPerson } = await createTestApi();
  const bia = await addPerson('bia@example.com');
  for (const name of ['one', 'two']) await call('POST /apps', { name });
  await call('POST /apps', { name: 'hers' }, { as: bia });
  const add = (app: string, hostname: string, as = bia) =>
    call(`POST /apps/${app}/domains`, { hostname, sni_endpoint: null }, app === 'hers' ? { as } : {});
  expect((await add('one', '*.example.com')).status).toBe(201);
  expect((await add('two', 'www.example.com')).status).toBe(201);
  const below = await add('hers', 'shop.example.com');
  expect([below.status, below.body.message]).toEqual([
    422,
    'shop.example.com is below *.example.com, which is in use by an app of another account.',
  ]);
  expect((await add('hers', 'example.com')).status).toBe(201);
  expect((await add('hers', 'a.b.example.com')).status).toBe(201);
  const above = await add('one', '*.b.example.com');
  expect(above.body.message).toBe(
    '*.b.example.com would cover a.b.example.com, which is in use by an app of another account.',
  );
});

test('an international name is found however it is written', async () => {
  const { call } = await createTestApi();
  await call('POST /apps', { name: 'demo' });
  const added = await call('POST /apps/demo/domains', { hostname: '*.Pão.example.com', sni_endpoint: null });
  expect(added.body.hostname).toBe('*.xn--po-sia.example.com');
  for (const name of ['*.pão.example.com', '*.xn--po-sia.example.com']) {
    expect((await call(`GET /apps/demo/domains/${encodeURIComponent(name)}`)).status).toBe(200);
  }
});

test('certs:auto --wait ends: a certificate that was issued and one of a person’s are both told as issued', async () => {
  const settings = { ...DEFAULT_SETTINGS, installId: 'test', acmeDirectory: 'https://acme.example/directory' };
  const { call, context } = await createTestApi({ clock: systemClock, settings });
  await call('POST /apps', { name: 'demo' });
  for (const hostname of ['a.example.com', 'b.example.com']) {
    await call('POST /apps/demo/domains', { hostname, sni_endpoint: null });
  }
  const { cert, key } = makeCertificate({ names: ['b.example.com'] });
  await call('POST /apps/demo/sni-endpoints', { certificate_chain: cert, private_key: key });
  await call('POST /apps/demo/acm');
  const issued = (await context.store.rows.domains.find({ hostname: 'a.example.com' }))!;
  const statuses = async () => (await call('GET /apps/demo/domains')).body.map((one: object) => Object(one).acm_status);
  expect(await statuses()).toEqual(expect.arrayContaining([null, 'pending', 'cert issued']));
  await context.store.rows.domains.update(issued.id, { acmStatus: 'ok' });
  expect((await statuses()).sort()).toEqual(['cert issued', 'cert issued', null]);
});

test('the default domain cannot be removed, custom domains can', async () => {
  const { call } = await createTestApi();
  await call('POST /apps', { name: 'demo' });
  expect((await call('DELETE /apps/demo/domains/demo.localhost')).status).toBe(403);
  const { body } = await call('POST /apps/demo/domains', { hostname: '*.example.com' });
  expect((await call(`DELETE /apps/demo/domains/${body.id}`)).status).toBe(200);
  expect((await call('GET /apps/demo/domains')).body).toHaveLength(1);
});
