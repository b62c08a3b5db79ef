import { SAMPLE_ROWS } from '@jangada/conformance';
import { type LogLine, logTime } from '@jangada/core';
import { beforeEach, expect, test } from 'vitest';
import { createRouterMetrics, type RouterMetrics } from '../router-metrics/router-metrics.ts';
import { createTestContext, type TestContext } from '../testing/test-context.ts';
import { type Autoscaler, createAutoscaler } from './autoscaler.ts';

const { appId } = SAMPLE_ROWS.monitors;
let context: TestContext;
let metrics: RouterMetrics;
let autoscaler: Autoscaler;

beforeEach(async () => {
  context = createTestContext();
  const { clock, routes, report } = context;
  metrics = createRouterMetrics({ folder: '/nonexistent', clock, routes, report });
  autoscaler = createAutoscaler(context, metrics);
  await context.store.transaction(async (tx) => {
    await tx.accounts.insert(SAMPLE_ROWS.accounts);
    await tx.apps.insert(SAMPLE_ROWS.apps);
    await tx.formations.insert({ ...SAMPLE_ROWS.formations, type: 'web', quantity: 2 });
    const range = { minQuantity: 1, maxQuantity: 3, targetMs: 500 };
    await tx.monitors.insert({ ...SAMPLE_ROWS.monitors, ...range, isActive: true });
  });
});

const answered = (ms: number, status = 200): LogLine => ({
  appId,
  at: logTime(0),
  source: 'heroku',
  ps: 'router',
  text: `at=info method=GET path="/" host=x request_id=1 fwd="1" dyno=web.1 connect=1ms service=${ms}ms status=${status} bytes=1 protocol=http`,
});
const quantity = async (): Promise<number | undefined> =>
  (await context.store.rows.formations.find({ appId, type: 'web' }))?.quantity;

async function minute(...lines: readonly LogLine[]): Promise<number | undefined> {
  metrics.take(lines);
  await autoscaler.step();
  return quantity();
}

test('slow minutes add a dyno each, up to the most; the log and an event tell', async () => {
  expect(await minute(answered(900))).toBe(3);
  expect(await minute(answered(900))).toBe(3);
  expect(context.logOf(appId)).toHaveLength(1);
  expect(context.logOf(appId)[0]).toMatch(
    /^app\[api\]: Autoscaled web from 2 to 3 dynos: p95 response time \d{3}ms, target 500ms$/,
  );
  const [event] = await context.store.rows.events.list({ appId });
  expect(event).toMatchObject({ entity: 'api:formation', actorId: null, data: { type: 'web', quantity: 3 } });
});

test('five calm minutes take one away, and the next is taken after another calm minute', async () => {
  for (let count = 1; count < 5; count++) expect(await minute(answered(10))).toBe(2);
  expect(await minute(answered(10))).toBe(1);
  expect(await minute()).toBe(1);
});

test('WebSockets and requests that no dyno answered do not count', async () => {
  const unanswered = { ...answered(0), text: 'at=error code=H10 dyno= connect= service= status=503 bytes=' };
  expect(await minute(answered(100_000, 101), unanswered, { ...answered(900), ps: 'web.1' })).toBe(2);
});

test('a monitor that is switched off changes nothing', async () => {
  await context.store.rows.monitors.update(SAMPLE_ROWS.monitors.id, { isActive: false });
  expect(await minute(answered(900))).toBe(2);
});

test('a formation at a limit stays as it is, and other apps are looked at all the same', async () => {
  const big = { type: 'worker', id: context.ids.uuid(), quantity: 98 };
  await context.store.rows.formations.insert({ ...SAMPLE_ROWS.formations, ...big });
  expect(await minute(answered(900))).toBe(2);
});
