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

test('workers are scaled by a queue, whose address tells no secret to the log', async () => {
  const { call, logOf } = await deployed();
  const wish = { name: 'QUEUE_SCALE', min_quantity: 0, max_quantity: 3, value: 20 };
  const where = '/apps/demo/formation/worker/monitors';
  const made = await call(`POST ${where}`, { ...wish, queue_url: 'https://u:secret@queues.example/q?token=hidden' });
  expect(made).toMatchObject({ status: 201, body: { name: 'QUEUE_SCALE', process_type: 'worker', min_quantity: 0 } });
  const { id } = made.body;
  expect((await call(`PATCH ${where}/${id}`, { queue_url: '/queue-depth?key=hidden' })).body).toMatchObject({
    name: 'QUEUE_SCALE',
    queue_url: '/queue-depth?key=hidden',
  });
  const lines = (await logOf('demo')).slice(-2).join('\n');
  expect(lines).toContain(
    'Autoscaling worker from 0 to 3 dynos for 20 entries each of the queue at /queue-depth by user',
  );
  expect(lines).not.toMatch(/secret|hidden/);
});

test('a monitor by requests becomes one by response time when that is asked for', async () => {
  const { call } = await deployed();
  const { id } = (await call(`POST ${path}`, { ...enable, name: 'REQUESTS_SCALE', value: 20 })).body;
  expect((await call(`PATCH ${path}/${id}`, { max_quantity: 5 })).body).toMatchObject({
    name: 'REQUESTS_SCALE',
    value: 20,
  });
  expect((await call(`POST ${path}`, enable)).body).toMatchObject({ id, name: 'LATENCY_SCALE', value: 500 });
});

test('a monitor that fits no more can be switched off, and not on', async () => {
  const { call, deploy, appNamed } = await deployed();
  const { id } = (await call(`POST ${path}`, enable)).body;
  await deploy(await appNamed('demo'), { worker: 'work' });
  const off = await call(`PATCH ${path}/${id}`, { is_active: false, op: 'GREATER_OR_EQUAL', period: 1 });
  expect(off).toMatchObject({ status: 200, body: { is_active: false } });
  expect((await call(`PATCH ${path}/${id}`, { is_active: true })).status).toBe(404);
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
  [path, { ...enable, value: 30_001 }, 'at most 30000'],
  [path, { ...enable, name: 'CPU_SCALE' }, 'name'],
  [path, { ...enable, name: 'QUEUE_SCALE' }, 'needs a queue_url'],
  [path, { ...enable, name: 'QUEUE_SCALE', queue_url: '//evil.example/x' }, 'needs a queue_url'],
  [path, { ...enable, name: 'QUEUE_SCALE', queue_url: 'file:///etc/passwd' }, 'needs a queue_url'],
  [path, { ...enable, name: 'QUEUE_SCALE', queue_url: '/a b' }, 'needs a queue_url'],
  ['/apps/demo/formation/worker/monitors', enable, 'Only web dynos'],
  ['/apps/demo/formation/worker/monitors', { ...enable, name: 'REQUESTS_SCALE' }, 'Only web dynos'],
  ['/apps/demo/formation/release/monitors', { ...enable, name: 'QUEUE_SCALE', queue_url: '/x' }, 'no dynos'],
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
