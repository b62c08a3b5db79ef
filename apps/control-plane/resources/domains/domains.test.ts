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
  '',
])('"%s" is not a domain', (given) => {
  expect(() => readHostname(given, 'apps.test')).toThrow(/is not a domain name/);
});

test('the names of the platform are not given to custom domains', () => {
  expect(() => readHostname('other.apps.test', 'apps.test')).toThrow(/belong to the platform/);
  expect(() => readHostname('*.apps.test', 'apps.test')).toThrow(/belong to the platform/);
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

test('the default domain cannot be removed, custom domains can', async () => {
  const { call } = await createTestApi();
  await call('POST /apps', { name: 'demo' });
  expect((await call('DELETE /apps/demo/domains/demo.localhost')).status).toBe(403);
  const { body } = await call('POST /apps/demo/domains', { hostname: '*.example.com' });
  expect((await call(`DELETE /apps/demo/domains/${body.id}`)).status).toBe(200);
  expect((await call('GET /apps/demo/domains')).body).toHaveLength(1);
});
