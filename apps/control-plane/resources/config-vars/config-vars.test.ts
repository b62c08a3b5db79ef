import { expect, test } from 'vitest';
import { createTestApi, type TestApi } from '../../http/testing/test-api.ts';
import { describeMerge, mergeConfigVars } from './rules.ts';

async function demo(): Promise<TestApi> {
  const api = await createTestApi();
  await api.call('POST /apps', { name: 'demo' });
  return api;
}

test('setting merges, null unsets, and each request makes one release', async () => {
  const { call } = await demo();
  expect((await call('PATCH /apps/demo/config-vars', { FOO: '1', BAR: 'x=y' })).body).toEqual({ FOO: '1', BAR: 'x=y' });
  expect((await call('PATCH /apps/demo/config-vars', { FOO: null, BAZ: '' })).body).toEqual({ BAR: 'x=y', BAZ: '' });
  expect((await call('PATCH /apps/demo/config-vars', { BAZ: null })).body).toEqual({ BAR: 'x=y' });
  const releases = (await call('GET /apps/demo/releases')).body.slice(2);
  expect(releases.map((release: { description: string }) => release.description)).toEqual([
    'Set FOO, BAR config vars',
    'Set BAZ and unset FOO config vars',
    'Unset BAZ config vars',
  ]);
});

test('a request that changes nothing makes no release', async () => {
  const { call } = await demo();
  await call('PATCH /apps/demo/config-vars', { FOO: '1' });
  await call('PATCH /apps/demo/config-vars', { FOO: '1', NEVER: null });
  expect((await call('GET /apps/demo/releases')).body).toHaveLength(3);
});

test('the config vars of an earlier release can be read', async () => {
  const { call } = await demo();
  await call('PATCH /apps/demo/config-vars', { FOO: '1' });
  await call('PATCH /apps/demo/config-vars', { FOO: '2' });
  expect((await call('GET /apps/demo/releases/v3/config-vars')).body).toEqual({ FOO: '1' });
});

test('neither events nor log lines tell values', async () => {
  const { call, context, logOf } = await demo();
  await call('PATCH /apps/demo/config-vars', { PASSWORD: 'hunter2' });
  expect(JSON.stringify(await context.store.rows.events.list())).not.toContain('hunter2');
  const texts = await logOf('demo');
  expect(texts.slice(-2)).toEqual([
    'Set PASSWORD config vars by user ana@example.com',
    'Release v3 created by user ana@example.com',
  ]);
});

test.each([
  [{ 'not ok': 'x' }, 'cannot be the key of a config var'],
  [{ '1ST': 'x' }, 'cannot be the key of a config var'],
  [{ HEROKU_APP_NAME: 'x' }, 'reserved for the platform'],
  [{ __X: 'x' }, 'reserved for the platform'],
  [{ NUL: 'a\0b' }, 'null character'],
  [{ BIG: 'x'.repeat(65_536) }, '64 KB'],
  [{ JANGADA_BOOT_TIMEOUT: 'soon' }, 'JANGADA_BOOT_TIMEOUT must be a whole number of seconds from 1 to 1800'],
  [{ ERROR_PAGE_URL: 'example.com/e.html' }, 'ERROR_PAGE_URL must be a complete http or https URL'],
  [{ NUMBER: 5 }, 'The field "NUMBER" must be a string.'],
])('%o is refused and nothing of the request counts', async (patch, reason) => {
  const { call } = await demo();
  const refused = await call('PATCH /apps/demo/config-vars', { GOOD: '1', ...patch });
  expect(refused.status).toBe(422);
  expect(refused.body.message).toContain(reason);
  expect((await call('GET /apps/demo/config-vars')).body).toEqual({});
});

test('a reserved config var that is there from before can be unset', () => {
  const merge = mergeConfigVars({ HEROKU_OLD: 'x' }, { HEROKU_OLD: null });
  expect(merge.configVars).toEqual({});
  expect(describeMerge(merge)).toBe('Unset HEROKU_OLD config vars');
});

test('changes at the same moment all count and number their releases without gaps', async () => {
  const { call } = await demo();
  const keys = Array.from({ length: 8 }, (_, index) => `KEY_${index}`);
  await Promise.all(keys.map((key) => call('PATCH /apps/demo/config-vars', { [key]: 'x' })));
  expect(Object.keys((await call('GET /apps/demo/config-vars')).body).sort()).toEqual(keys);
  const releases = (await call('GET /apps/demo/releases')).body;
  expect(releases.map((release: { version: number }) => release.version)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
});
