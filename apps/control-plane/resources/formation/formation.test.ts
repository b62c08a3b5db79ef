import { expect, test } from 'vitest';
import { createTestApi, type TestApi } from '../../http/testing/test-api.ts';

async function deployed(): Promise<TestApi> {
  const api = await createTestApi();
  await api.call('POST /apps', { name: 'demo' });
  await api.deploy(await api.appNamed('demo'), { web: 'npm start', worker: 'node worker.js', release: 'true' });
  return api;
}

test('quantities are numbers or text, absolute or relative, and sizes go in any case', async () => {
  const { call, logOf } = await deployed();
  const updates = [
    { type: 'web', quantity: '2', size: 'standard-2x' },
    { type: 'worker', quantity: '+1' },
  ];
  const scaled = await call('PATCH /apps/demo/formation', { updates });
  expect(scaled.body).toMatchObject([
    { type: 'web', quantity: 2, size: 'Standard-2X', command: 'npm start' },
    { type: 'worker', quantity: 1, size: 'Basic' },
  ]);
  expect((await call('PATCH /apps/demo/formation/web', { quantity: '-1' })).body.quantity).toBe(1);
  expect((await logOf('demo')).slice(-2)).toEqual([
    'Scaled to web@2:Standard-2X worker@1:Basic by user ana@example.com',
    'Scaled to web@1:Standard-2X by user ana@example.com',
  ]);
});

test('a size is named by its id, too', async () => {
  const { call } = await deployed();
  const { id } = (await call('GET /dyno-sizes/standard-2x')).body;
  const resized = await call('PATCH /apps/demo/formation/web', { dyno_size: { id } });
  expect(resized.body).toMatchObject({ size: 'Standard-2X', dyno_size: { id, name: 'Standard-2X' } });
});

test.each([
  [{ type: 'clock', quantity: 1 }, 404, "Couldn't find that process type (clock)."],
  [{ type: 'web', quantity: '-2' }, 422, 'web cannot run -1 dynos'],
  [{ type: 'web', quantity: 101 }, 422, 'An app runs at most 100 dynos'],
  [{ type: 'web', quantity: 11, size: 'performance-m' }, 422, 'at most 10 dynos of size Performance-M'],
  [{ type: 'release', quantity: 1 }, 422, 'only resized'],
  [{ type: 'web', dyno_size: { id: 'nonsense' } }, 422, 'There is no dyno size nonsense.'],
  [{ type: 'web', size: 'huge' }, 422, 'There is no dyno size huge.'],
  [{ type: 'web', quantity: 'many' }, 422, 'updates[1].quantity'],
  [{ type: 'web', docker_image: 'sha256:abc' }, 422, 'heroku stack:set container'],
])('%o is refused and the rest of the batch with it', async (update, status, reason) => {
  const { call } = await deployed();
  const refused = await call('PATCH /apps/demo/formation', { updates: [{ type: 'worker', quantity: 5 }, update] });
  expect(refused.status).toBe(status);
  expect(refused.body.message).toContain(reason);
  expect((await call('GET /apps/demo/formation/worker')).body.quantity).toBe(0);
});

test('an app that was never deployed has no process types', async () => {
  const { call } = await createTestApi();
  await call('POST /apps', { name: 'blank' });
  expect((await call('GET /apps/blank/formation')).body).toEqual([]);
  const refused = await call('PATCH /apps/blank/formation', { updates: [{ type: 'web', quantity: 1 }] });
  expect(refused.body).toEqual({
    id: 'not_found',
    message: "Couldn't find that process type (web).",
    resource: 'process_type',
  });
});
