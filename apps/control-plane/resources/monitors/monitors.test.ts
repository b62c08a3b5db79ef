import { expect, test } from 'vitest';
import { createTestApi, type TestApi } from '../../http/testing/test-api.ts';

const path = '/apps/demo/formation/web/monitors';
const enable = {
  action_type: 'scale',
  is_active: true,
  name: 'LATENCY_SCALE',
  notification_channels: [],
  notification_period: 1440,
  op: 'GREATER_OR_EQUAL',
  period: 1,
  min_quantity: 1,
  max_quantity: 4,
  value: 500,
};

async function deployed(): Promise<TestApi> {
  const api = await createTestApi();
  await api.call('POST /apps', { name: 'demo' });
  await api.deploy(await api.appNamed('demo'), { web: 'serve', worker: 'work' });
  return api;
}

test('ps:autoscale:enable and :disable, as the CLI sends them', async () => {
  const { call, logOf } = await deployed();
  expect((await call(`GET ${path}`)).body).toEqual([]);
  const created = await call(`POST ${path}`, enable);
  expect(created).toMatchObject({ status: 201, body: { action_type: 'scale', is_active: true, value: 500 } });
  const { id } = created.body;
  await call(`PATCH ${path}/${id}`, { ...enable, max_quantity: 6, name: undefined });
  await call(`PATCH ${path}/${id}`, { is_active: false, op: 'GREATER_OR_EQUAL', period: 1 });
  expect((await call(`GET ${path}`)).body).toMatchObject([
    { id, is_active: false, min_quantity: 1, max_quantity: 6, value: 500 },
  ]);
  expect((await logOf('demo')).slice(-2)).toEqual([
    'Autoscaling web from 1 to 6 dynos for a p95 response time of 500ms by user ana@example.com',
    'Autoscaling of web switched off by user ana@example.com',
  ]);
});

test('enabling twice keeps one monitor', async () => {
  const { call } = await deployed();
  await call(`POST ${path}`, enable);
  await call(`POST ${path}`, { ...enable, max_quantity: 9 });
  expect((await call(`GET ${path}`)).body).toMatchObject([{ max_quantity: 9 }]);
});

test.each([
  [path, { ...enable, min_quantity: 5 }, 'The least number of dynos (5) is above the most (4)'],
  [path, { ...enable, max_quantity: 101 }, 'at most 100 dynos'],
  [path, { ...enable, min_quantity: 0 }, 'min_quantity'],
  [path, { ...enable, value: 0 }, 'value'],
  ['/apps/demo/formation/worker/monitors', enable, 'Only web dynos'],
])('%s %o is refused', async (where, body, reason) => {
  const { call } = await deployed();
  const refused = await call(`POST ${where}`, body);
  expect(refused.status).toBe(422);
  expect(refused.body.message).toContain(reason);
});

test('a monitor of another app is not found', async () => {
  const { call } = await deployed();
  const { id } = (await call(`POST ${path}`, enable)).body;
  await call('POST /apps', { name: 'other' });
  expect((await call(`PATCH /apps/other/formation/web/monitors/${id}`, { is_active: false })).status).toBe(404);
});
