import { expect, test } from 'vitest';
import { createTestApi, type TestApi } from '../../http/testing/test-api.ts';

async function deployed(): Promise<TestApi> {
  const api = await createTestApi();
  await api.call('POST /apps', { name: 'demo' });
  await api.deploy(await api.appNamed('demo'), { web: 'serve' });
  return api;
}

test('a one-off keeps its variables, as text, and the life that it was given', async () => {
  const { call, context } = await deployed();
  const env = { TERM: 'xterm', COLUMNS: 80, QUIET: true, LANG: null };
  const made = await call('POST /apps/demo/dynos', { command: 'ls', env, time_to_live: 1_800 });
  expect(made.status).toBe(201);
  expect(await context.store.rows.dynos.get(made.body.id)).toMatchObject({
    env: { TERM: 'xterm', COLUMNS: '80', QUIET: 'true' },
    timeToLive: 1_800,
  });
  const other = await call('POST /apps/demo/dynos', { command: 'ls' });
  expect(await context.store.rows.dynos.get(other.body.id)).toMatchObject({ env: {}, timeToLive: null });
});

test.each([
  { env: { A: { toString: 1 } } },
  { env: { A: ['b'] } },
  { env: { 'A B': 'c' } },
  { time_to_live: 86_401 },
  { time_to_live: 0 },
  { type: 'web' },
  { size: 'huge' },
])('%o is refused, and nothing runs', async (change) => {
  const { call, context } = await deployed();
  expect((await call('POST /apps/demo/dynos', { command: 'ls', ...change })).status).toBe(422);
  expect(await context.store.rows.dynos.count()).toBe(0);
});
