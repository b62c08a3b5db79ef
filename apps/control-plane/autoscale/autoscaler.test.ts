import { SAMPLE_ROWS } from '@jangada/conformance';
import { type LogLine, logTime, type Monitor } from '@jangada/core';
import { PlatformError } from '@jangada/platform-api';
import { beforeEach, expect, test } from 'vitest';
import { createRouterMetrics, type RouterMetrics } from '../router-metrics/router-metrics.ts';
import { createTestContext, type TestContext } from '../testing/test-context.ts';
import { type Autoscaler, createAutoscaler } from './autoscaler.ts';

const { appId } = SAMPLE_ROWS.monitors;
let context: TestContext;
let metrics: RouterMetrics;
let autoscaler: Autoscaler;
/** What the queue tells; null: nothing. */
let depth: number | null;
/** Requests of the last minute. */
let load: { readonly inFlight: number; readonly queued: number } | null;

beforeEach(async () => {
  context = createTestContext();
  const { clock, routes, report } = context;
  metrics = createRouterMetrics({ folder: '/nonexistent', clock, routes, report });
  [depth, load] = [0, { inFlight: 0, queued: 0 }];
  autoscaler = createAutoscaler(context, { ...metrics, lastMinute: () => load }, async () => {
    if (depth === null) throw new PlatformError('invalid_params', 'The depth of the queue is not known: it is away.');
    return depth;
  });
  await context.store.transaction(async (tx) => {
    await tx.accounts.insert(SAMPLE_ROWS.accounts);
    await tx.apps.insert(SAMPLE_ROWS.apps);
    await tx.slugs.insert(SAMPLE_ROWS.slugs);
    await tx.releases.insert(SAMPLE_ROWS.releases);
    await tx.dynos.insert(SAMPLE_ROWS.dynos);
    await tx.formations.insert({ ...SAMPLE_ROWS.formations, type: 'web', quantity: 2 });
    const range = { minQuantity: 1, maxQuantity: 3, target: 500 };
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
const unanswered = (): LogLine => ({
  ...answered(0),
  text: 'at=error code=H10 desc="App crashed" dyno= connect= service= status=503 bytes= protocol=http',
});
const monitorBy = (change: Partial<Monitor>) => context.store.rows.monitors.update(SAMPLE_ROWS.monitors.id, change);
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

test('WebSockets and requests that no dyno answered do not make a minute slow', async () => {
  expect(await minute(answered(100_000, 101), unanswered(), { ...answered(900), ps: 'web.1' })).toBe(2);
});

test('five minutes without requests take a dyno away, and the log says so', async () => {
  for (let count = 1; count < 5; count++) expect(await minute()).toBe(2);
  expect(await minute()).toBe(1);
  expect(context.logOf(appId)).toEqual(['app[api]: Autoscaled web from 2 to 1 dynos: no requests, target 500ms']);
});

test.each(['latency', 'requests'] as const)(
  'an app that crashes under traffic keeps its dynos, by %s',
  async (metric) => {
    await monitorBy({ metric });
    await context.store.rows.dynos.update(SAMPLE_ROWS.dynos.id, { state: 'crashed' });
    for (let count = 0; count < 6; count++) expect(await minute()).toBe(2);
    await context.store.rows.dynos.update(SAMPLE_ROWS.dynos.id, { state: 'up' });
    for (let count = 1; count < 5; count++) expect(await minute()).toBe(2);
    expect(await minute()).toBe(1);
  },
);

test('requests that all end in error pages are not an absence of requests', async () => {
  for (let count = 0; count < 6; count++) expect(await minute(unanswered())).toBe(2);
});

test('requests that have not ended are not an absence of requests', async () => {
  load = { inFlight: 3, queued: 0 };
  for (let count = 0; count < 6; count++) expect(await minute()).toBe(2);
});

test('minutes in which the router is away, or its lines do not come, are not calm', async () => {
  load = null;
  for (let count = 0; count < 6; count++) expect(await minute()).toBe(2);
  load = { inFlight: 0, queued: 0 };
  for (let count = 0; count < 6; count++) {
    metrics.missed();
    expect(await minute()).toBe(2);
  }
});

test('a move into the range does not claim that there were no requests', async () => {
  load = null;
  await monitorBy({ minQuantity: 3 });
  expect(await minute(unanswered())).toBe(3);
  expect(context.logOf(appId)).toEqual([
    'app[api]: Autoscaled web from 2 to 3 dynos: p95 response time unknown, target 500ms',
  ]);
});

test('requests in flight and those that wait count together, for all dynos', async () => {
  await monitorBy({ metric: 'requests', target: 10, maxQuantity: 9 });
  load = { inFlight: 18, queued: 3.4 };
  expect(await minute()).toBe(3);
  expect(context.logOf(appId)).toEqual([
    'app[api]: Autoscaled web from 2 to 3 dynos: 21.4 requests in flight, target 10 each',
  ]);
  load = { inFlight: 25, queued: 0 };
  expect(await minute()).toBe(3);
  for (let count = 0; count < 4; count++) expect(await minute()).toBe(3);
  load = { inFlight: 1, queued: 0 };
  for (let count = 0; count < 4; count++) expect(await minute()).toBe(3);
  expect(await minute()).toBe(2);
});

test('workers follow the depth of their queue, one a minute, down to none where the range allows it', async () => {
  await monitorBy({ type: 'worker', metric: 'queue', queueUrl: '/depth', minQuantity: 0, maxQuantity: 3, target: 5 });
  await context.store.rows.formations.insert({
    ...SAMPLE_ROWS.formations,
    id: context.ids.uuid(),
    type: 'worker',
    quantity: 0,
  });
  const workers = async (waiting: number): Promise<number | undefined> => {
    depth = waiting;
    await autoscaler.step();
    return (await context.store.rows.formations.find({ appId, type: 'worker' }))?.quantity;
  };
  expect(await workers(0)).toBe(0);
  expect(await workers(400)).toBe(1);
  expect(await workers(400)).toBe(2);
  expect(await workers(400)).toBe(3);
  expect(await workers(400)).toBe(3);
  for (let count = 1; count < 5; count++) expect(await workers(0)).toBe(3);
  expect(await workers(0)).toBe(2);
  expect(await workers(0)).toBe(1);
  expect(await workers(0)).toBe(0);
  expect(context.logOf(appId)[0]).toBe(
    'app[api]: Autoscaled worker from 0 to 1 dynos: 400 entries in the queue, target 5 each',
  );
});

test('a queue that cannot be read changes nothing, is told of once, and once more after it was read', async () => {
  await monitorBy({ metric: 'queue', queueUrl: '/depth', target: 1 });
  depth = null;
  for (let count = 0; count < 6; count++) expect(await minute()).toBe(2);
  const told = 'app[api]: Autoscaling of web rests. The depth of the queue is not known: it is away.';
  expect(context.logOf(appId)).toEqual([told]);
  depth = 2;
  await minute();
  depth = null;
  await minute();
  expect(context.logOf(appId)).toEqual([told, told]);
});

test('an app that sleeps or is in maintenance is left as it is, and its calm minutes count anew', async () => {
  for (let count = 1; count < 5; count++) await minute(answered(10));
  await context.store.rows.apps.update(appId, { maintenance: true });
  expect(await minute()).toBe(2);
  await context.store.rows.apps.update(appId, { maintenance: false });
  expect(await minute(answered(10))).toBe(2);
  await context.store.rows.dynos.update(SAMPLE_ROWS.dynos.id, { state: 'idle' });
  for (let count = 0; count < 6; count++) expect(await minute(answered(900))).toBe(2);
});

test('a monitor that is switched off while its queue is read changes nothing any more', async () => {
  await monitorBy({ metric: 'queue', queueUrl: '/depth', target: 1 });
  autoscaler = createAutoscaler(context, metrics, async () => {
    await context.store.rows.monitors.update(SAMPLE_ROWS.monitors.id, { isActive: false });
    return 50;
  });
  expect(await minute()).toBe(2);
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
