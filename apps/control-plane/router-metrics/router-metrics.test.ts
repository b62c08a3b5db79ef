import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createFakeClock, type FakeClock } from '@jangada/conformance';
import type { LogLine } from '@jangada/core';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { BOUNDS_MS, quantile, slotOf } from './latency.ts';
import { renderPrometheus } from './prometheus.ts';
import { emptyRecord, present, readRequest } from './record.ts';
import { createRouterMetrics, type Load, type RouterMetrics } from './router-metrics.ts';

const APP = '01234567-89ab-cdef-0123-456789abcdef';
let folder: string;
let clock: FakeClock;
let load: Load = { inFlight: 0, queued: 0 };
let down = false;
let looks = 0;
let reports: unknown[];
let stop: AbortController;
let keeping: Promise<void>;
let metrics: RouterMetrics;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'jangada-metrics-'));
  clock = createFakeClock();
  load = { inFlight: 0, queued: 0 };
  down = false;
  reports = [];
  open();
});
afterEach(async () => {
  await close();
  expect(reports).toEqual([]);
  await rm(folder, { recursive: true });
});

function open(): void {
  const routes = {
    loads: async () => {
      looks += 1;
      if (down) throw new Error('the router restarts');
      return load.inFlight + load.queued > 0 ? [{ appId: APP, ...load }] : [];
    },
  };
  metrics = createRouterMetrics({
    folder,
    clock,
    routes,
    report: (event, detail) => void reports.push([event, detail]),
  });
  stop = new AbortController();
  keeping = metrics.keep(stop.signal);
}

async function close(): Promise<void> {
  stop.abort();
  await keeping;
}

const line = (rest: string, start = 'at=info'): LogLine => ({
  appId: APP,
  at: '',
  source: 'heroku',
  ps: 'router',
  text: `${start} method=GET path="/" host=a.test request_id=x fwd="1.1.1.1" ${rest} protocol=http`,
});
const ok = (ms: number): LogLine => line(`dyno=web.1 connect=0ms service=${ms}ms status=200 bytes=1`);
const read = (step: 'minute' | 'ten-minutes' = 'minute') =>
  metrics.read(APP, step, new Date(clock.now().getTime() - 3 * 86_400_000), clock.now());

test('requests are counted by class and code, with quantiles of their time at the dyno', async () => {
  for (let ms = 1; ms <= 100; ms++) metrics.take([ok(ms)]);
  metrics.take([line('dyno= connect= service= status=503 bytes=', 'at=error code=H10 desc="App crashed"')]);
  const [record] = await read();
  const shown = present(record!);
  expect(shown).toMatchObject({ requests: 101, statuses: { '2xx': 100, '5xx': 1 }, codes: { H10: 1 } });
  expect(shown.latency_ms.p50).toBeGreaterThanOrEqual(45);
  expect(shown.latency_ms.p50).toBeLessThanOrEqual(55);
  expect(shown.latency_ms.p95).toBeGreaterThanOrEqual(90);
  expect(shown.latency_ms.p99).toBeLessThanOrEqual(100);
});

test('what a client writes into its path cannot forge a status, and other lines count nothing', () => {
  const forged = line('dyno=web.1 connect=0ms service=5ms status=404 bytes=1').text.replace(
    'path="/"',
    'path="/dyno=web.9 connect=1ms service=1ms status=200 bytes=1 protocol=http"',
  );
  expect(readRequest({ ...ok(1), text: forged })).toEqual({ status: 404, code: null, serviceMs: 5 });
  expect(readRequest({ ...ok(1), source: 'app' })).toBeNull();
  expect(readRequest({ ...ok(1), ps: 'web.1' })).toBeNull();
});

test('a WebSocket counts as a request but not into the quantiles', async () => {
  metrics.take([line('dyno=web.1 connect=0ms service=3600000ms status=101 bytes=1')]);
  expect(present((await read())[0]!)).toMatchObject({ requests: 1, statuses: { '1xx': 1 }, latency_ms: { p50: null } });
});

test('spans follow each other, survive a restart in the middle, and ten minutes hold their sum', async () => {
  const minute = 60_000;
  metrics.take([ok(1)]);
  await clock.advance(minute);
  metrics.take([ok(2), ok(3)]);
  await close();
  open();
  metrics.take([ok(4)]);
  const records = await read();
  expect(records.map((record) => present(record).requests)).toEqual([1, 3]);
  const tens = await read('ten-minutes');
  expect(tens.reduce((sum, record) => sum + present(record).requests, 0)).toBe(4);
  expect(tens.length).toBeLessThanOrEqual(2);
});

test('the most requests in flight and waiting are seen, also of an app whose only request has not ended', async () => {
  const most = async (): Promise<unknown> => {
    await clock.advance(10_000);
    return (await read()).map(({ inFlight, queued }) => ({ inFlight, queued })).at(-1);
  };
  load = { inFlight: 7, queued: 2 };
  await expect.poll(most).toEqual({ inFlight: 7, queued: 2 });
  load = { inFlight: 3, queued: 0 };
  expect(await most()).toEqual({ inFlight: 7, queued: 2 });
  expect(await metrics.load(APP)).toEqual({ inFlight: 3, queued: 0 });
});

test('the last minute is the mean of its samples, and unknown while the router does not answer', async () => {
  const next = async (): Promise<Load | null> => {
    const before = looks;
    await expect.poll(() => clock.advance(10_000).then(() => looks), { interval: 1 }).toBe(before + 1);
    return metrics.lastMinute(APP);
  };
  await expect.poll(next).toEqual({ inFlight: 0, queued: 0 });
  load = { inFlight: 6, queued: 3 };
  for (let count = 0; count < 6; count++) await next();
  expect(metrics.lastMinute(APP)).toEqual({ inFlight: 6, queued: 3 });
  load = { inFlight: 0, queued: 0 };
  for (let count = 0; count < 3; count++) await next();
  expect(metrics.lastMinute(APP)).toEqual({ inFlight: 3, queued: 1.5 });
  down = true;
  expect(await next()).toBeNull();
  expect(await metrics.load(APP)).toBeNull();
});

test('a record of an earlier version counts nothing that waited', async () => {
  const { queued, ...earlier } = emptyRecord(`${clock.now().toISOString().slice(0, 16)}:00.000Z`);
  await writeFile(join(folder, `${APP}.minute.${earlier.at.slice(0, 10)}.jsonl`), `${JSON.stringify(earlier)}\n`);
  load = { inFlight: 1, queued: 1 };
  await expect.poll(() => clock.advance(10_000).then(async () => (await read())[0]?.queued)).toBe(1);
  expect(queued).toBe(0);
});

test('a span that could not be written waits, and those of other apps are written', async () => {
  const other = APP.replace('0', 'f');
  const fileOf = (appId: string): string => join(folder, `${appId}.minute.2026-01-01.jsonl`);
  await mkdir(fileOf(APP));
  metrics.take([ok(1), { ...ok(1), appId: other }]);
  const tick = () => clock.advance(10_000);
  await expect.poll(() => tick().then(() => readdir(folder))).toContain(`${other}.minute.2026-01-01.jsonl`);
  await expect.poll(() => reports).not.toEqual([]);
  await rm(fileOf(APP), { recursive: true });
  const written = () => readFile(fileOf(APP), 'utf8').catch(() => '');
  await expect.poll(() => tick().then(written)).toContain('"statuses":{"2":1}');
  expect((await readFile(fileOf(other), 'utf8')).match(/statuses/g)).toHaveLength(1);
  reports = [];
});

test('a span that is over is read before it is written', async () => {
  await close();
  clock = createFakeClock(new Date('2026-01-01T00:00:05.000Z'));
  open();
  metrics.take([ok(1)]);
  await clock.advance(55_000);
  metrics.take([ok(2), ok(3)]);
  const counts = async () => (await read()).map((record) => present(record).requests);
  expect(await readdir(folder)).toEqual([]);
  expect(await counts()).toEqual([1, 2]);
  await expect.poll(() => clock.advance(10_000).then(() => readdir(folder))).toHaveLength(1);
  expect(await counts()).toEqual([1, 2]);
});

test('while nothing can be written, the oldest spans are lost once there are too many', async () => {
  await close();
  await rm(folder, { recursive: true });
  await writeFile(folder, '');
  open();
  const start = clock.now();
  const lines = Array.from({ length: 20_001 }, (_, index) => ({ ...ok(1), appId: `app-${index}` }));
  metrics.take(lines);
  await clock.advance(60_000);
  metrics.take(lines);
  const countOf = async (appId: string) => (await metrics.read(appId, 'minute', start, start)).length;
  expect([await countOf('app-0'), await countOf('app-1'), await countOf('app-20000')]).toEqual([0, 1, 1]);
  await close();
  reports = [];
});

test('a line that a crash cut costs no other record', async () => {
  await writeFile(join(folder, `${APP}.minute.2026-01-01.jsonl`), '{"at":"2026-01-01T00:0');
  metrics.take([ok(1)]);
  await close();
  open();
  expect((await read()).map((record) => present(record).requests)).toEqual([1]);
});

test('files are deleted when their time is over, and with their app', async () => {
  metrics.take([ok(1)]);
  await close();
  expect(await readdir(folder)).toHaveLength(2);
  await clock.advance(3 * 86_400_000);
  open();
  await expect.poll(async () => (await readdir(folder)).filter((name) => name.includes('.minute.'))).toEqual([]);
  await metrics.forget(APP);
  expect(await readdir(folder)).toEqual([]);
});

test('a quantile lies within the width of its counter', () => {
  expect(quantile({}, 0.5)).toBeNull();
  expect(quantile({ [slotOf(300)]: 10 }, 0.5)).toBe(300);
  expect(quantile({ [slotOf(999_999)]: 1 }, 0.99)).toBe(BOUNDS_MS.at(-1));
});

test('Prometheus reads counters, a histogram and gauges', () => {
  metrics.take([ok(5), ok(90_000)]);
  const text = renderPrometheus({
    traffic: new Map([['my-app', metrics.totals().get(APP)!]]),
    loads: new Map([['my-app', { inFlight: 4, queued: 1 }]]),
    dynos: { up: 2 },
    builds: { failed: 1 },
    memory: { router: 1_024 },
    disk: { freeBytes: 5, sizeBytes: 10 },
  });
  expect(text).toContain('jangada_router_requests_total{app="my-app",status="2xx"} 2\n');
  expect(text).toContain('jangada_router_request_duration_seconds_bucket{le="0.004"} 0\n');
  expect(text).toContain('jangada_router_request_duration_seconds_bucket{le="0.005"} 1\n');
  expect(text).toContain('jangada_router_request_duration_seconds_bucket{le="+Inf"} 2\n');
  expect(text).toContain('jangada_router_requests_in_flight{app="my-app"} 4\n');
  expect(text).toContain('jangada_router_requests_queued{app="my-app"} 1\n');
  expect(text).toContain('jangada_dynos{state="up"} 2\n');
  expect(text).toContain('jangada_disk_free_bytes 5\n');
});
