import { tmpdir } from 'node:os';
import { homeLayout, logTime } from '@jangada/core';
import type { FastifyInstance } from 'fastify';
import { beforeEach, expect, test } from 'vitest';
import { createHttpServer } from '../../http/server.ts';
import { createTestApi, type TestApi } from '../../http/testing/test-api.ts';
import { createRouterMetrics, type RouterMetrics } from '../../router-metrics/router-metrics.ts';
import { routerMetricsRoutes } from './routes.ts';

let api: TestApi;
let metrics: RouterMetrics;
let server: FastifyInstance;

beforeEach(async () => {
  api = await createTestApi();
  let id = '';
  const routes = { loads: async () => [{ appId: id, inFlight: 3, queued: 2 }] };
  metrics = createRouterMetrics({ folder: '/nonexistent', clock: api.clock, routes, report: () => undefined });
  const context = { ...api.context, home: homeLayout(tmpdir()) };
  server = createHttpServer(context, { routes: routerMetricsRoutes(metrics) });
  await api.call('POST /apps', { name: 'measured' });
  id = (await api.appNamed('measured')).id;
  const text =
    'at=info method=GET path="/" host=a fwd="" dyno=web.1 connect=0ms service=20ms status=200 bytes=1 protocol=http';
  metrics.take([{ appId: id, at: '', source: 'heroku', ps: 'router', text }]);
});

const get = (url: string, headers: Record<string, string> = {}, remoteAddress = '127.0.0.1') =>
  server.inject({
    method: 'GET',
    url,
    headers: { accept: 'application/vnd.heroku+json; version=3', ...headers },
    remoteAddress,
  });
const token = () => ({ authorization: `Bearer ${api.ana.token}` });

test('an app’s metrics have a summary and its spans', async () => {
  const { statusCode, body } = await get('/apps/measured/metrics/router', token());
  expect(statusCode).toBe(200);
  expect(JSON.parse(body)).toMatchObject({
    app: { name: 'measured' },
    step_seconds: 60,
    in_flight: 3,
    queued: 2,
    summary: { requests: 1, statuses: { '2xx': 1 }, latency_ms: { p50: 18 } },
    data: [{ requests: 1 }],
  });
});

test('older ranges come by ten minutes, and a range that makes no sense is refused', async () => {
  const at = (days: number) => new Date(api.clock.now().getTime() - days * 86_400_000).toISOString();
  const days = await get(`/apps/measured/metrics/router?start_time=${at(7)}`, token());
  expect(JSON.parse(days.body)).toMatchObject({ step_seconds: 600 });
  for (const query of ['start_time=yesterday', `start_time=${at(40)}`, `start_time=${at(0)}&end_time=${at(1)}`]) {
    expect((await get(`/apps/measured/metrics/router?${query}`, token())).statusCode, query).toBe(422);
  }
});

test('others than the app’s people do not see them', async () => {
  const stranger = await api.addPerson('eve@example.test');
  const asked = await get('/apps/measured/metrics/router', { authorization: `Bearer ${stranger.token}` });
  expect([403, 404]).toContain(asked.statusCode);
});

test('Prometheus may scrape from this machine, or with a token', async () => {
  const local = await get('/metrics');
  expect(local.statusCode).toBe(200);
  expect(local.headers['content-type']).toContain('text/plain; version=0.0.4');
  expect(local.body).toContain('jangada_router_requests_total{app="measured",status="2xx"} 1\n');
  expect(local.body).toContain('jangada_router_requests_in_flight{app="measured"} 3\n');
  expect(local.body).toContain('jangada_router_requests_queued{app="measured"} 2\n');
  expect(local.body).toMatch(/^jangada_disk_free_bytes \d+$/m);
  expect((await get('/metrics', {}, '10.1.2.3')).statusCode).toBe(401);
  expect((await get('/metrics', { 'x-forwarded-for': '8.8.8.8' })).statusCode).toBe(401);
  expect((await get('/metrics', token(), '10.1.2.3')).statusCode).toBe(200);
});

test('apps:errors: H-codes of the router and R-codes of a process type, by hour', async () => {
  const { id: appId } = await api.appNamed('measured');
  await api.deploy(await api.appNamed('measured'), { web: 'serve', worker: 'work' });
  const refused =
    'at=error code=H12 desc="Request timeout" method=GET path="/" host=a fwd="" dyno=web.1 connect=0ms service=30000ms status=503 bytes=0 protocol=http';
  const at = logTime(api.clock.now().getTime());
  metrics.take([{ appId, at, source: 'heroku', ps: 'router', text: refused }]);
  const line = (ps: string, text: string, source: 'app' | 'heroku' = 'heroku') => ({ appId, at, source, ps, text });
  await api.context.logs.append([
    line('web.1', 'Error R14 (Memory quota exceeded)'),
    line('web.2', 'Error R14 (Memory quota exceeded)'),
    line('worker.1', 'Error R15 (Memory quota vastly exceeded)'),
    line('web.1', 'Error R99 (said by the app itself)', 'app'),
  ]);
  const dataOf = async (path: string): Promise<unknown> => JSON.parse((await get(path, token())).body).data;
  const sums = (data: unknown) =>
    Object.fromEntries(Object.entries(data as Record<string, number[]>).map(([code, counts]) => [code, counts.at(-1)]));
  expect(sums(await dataOf('/apps/measured/router-metrics/errors?step=1h&process_type=web'))).toEqual({ H12: 1 });
  expect(sums(await dataOf('/apps/measured/formation/web/metrics/errors?step=1h'))).toEqual({ R14: 2 });
  expect(sums(await dataOf('/apps/measured/formation/worker/metrics/errors'))).toEqual({ R15: 1 });
  const unknown = await get('/apps/measured/formation/nope/metrics/errors', token());
  expect(unknown.statusCode).toBe(400);
  expect(JSON.parse(unknown.body).message).toMatch(/^invalid process_type provided/);
});
