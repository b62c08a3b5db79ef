import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { routeOf } from './testing/app-route.ts';
import { ask } from './testing/client.ts';
import { type DynoServer, startDyno } from './testing/dyno-server.ts';
import { Lines } from './testing/lines.ts';
import { type RealRouter, startRealRouter } from './testing/real-router.ts';

/** What the router allows an app that chose nothing. */
const LIMITS = { firstByteMs: 500, idleMs: 1_000, requestsPerDyno: 1 };
/** So much longer that no busy machine confuses the two. */
const SLOW_MS = 2_500;
/** What an app chooses that is to be held to nothing. */
const AMPLE_MS = 60_000;

let real: RealRouter;
let lines: Lines;
let slow: DynoServer;

beforeAll(async () => {
  real = await startRealRouter({ limits: LIMITS });
  lines = new Lines(real.router);
  slow = await startDyno('d', 'web.1', (_request, response) => setTimeout(() => response.end('done'), SLOW_MS));
});
afterAll(async () => {
  lines.stop();
  await real.close();
  await slow.close();
});

/** A dyno that answers nobody until it is told to. */
async function startHoldingDyno(): Promise<{ readonly server: DynoServer; readonly finish: () => void }> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const server = await startDyno('d', 'web.1', (_request, response) => void promise.then(() => response.end('done')));
  onTestFinished(() => server.close());
  return { server, finish: resolve };
}

test('an app’s own request time-out holds at once, without a reload, and goes with the setting', async () => {
  const route = routeOf({ appId: 'slow', hosts: ['slow.test'], dynos: [slow.dyno] });
  const pid = await real.router.haproxyPid();
  await real.router.put(route);
  expect((await ask(real.port, 'slow.test')).status).toBe(503);
  await real.router.put({ ...route, limits: { requestTimeoutMs: AMPLE_MS } });
  expect((await ask(real.port, 'slow.test')).body).toBe('done');
  await real.router.put(route);
  expect((await ask(real.port, 'slow.test')).status).toBe(503);
  expect(await real.router.haproxyPid()).toBe(pid);
});

test('a held request follows the app’s own time-out too', async () => {
  const route = routeOf({
    appId: 'held',
    hosts: ['held.test'],
    state: 'starting',
    limits: { requestTimeoutMs: AMPLE_MS },
  });
  await real.router.put(route);
  const held = ask(real.port, 'held.test');
  await expect.poll(() => real.router.loads()).toContainEqual({ appId: 'held', inFlight: 0, queued: 1 });
  await real.router.put({ ...route, state: 'serving', dynos: [slow.dyno] });
  expect((await held).body).toBe('done');
});

test('an app’s own number of requests at a time changes under its dyno', async () => {
  const { server, finish } = await startHoldingDyno();
  const limits = { requestTimeoutMs: AMPLE_MS, maxRequestsPerDyno: 1 };
  const route = routeOf({ appId: 'many', hosts: ['many.test'], dynos: [server.dyno], limits });
  await real.router.put(route);
  await real.router.put({ ...route, limits: { ...limits, maxRequestsPerDyno: 4 } });
  const asking = Promise.all(Array.from({ length: 6 }, () => ask(real.port, 'many.test')));
  await expect.poll(() => real.router.loads()).toContainEqual({ appId: 'many', inFlight: 4, queued: 2 });
  await expect.poll(() => server.requests()).toBe(4);
  finish();
  expect((await asking).map((answer) => answer.status)).toEqual([200, 200, 200, 200, 200, 200]);
});

test('requests beyond what a dyno works on at a time wait, and are counted apart', async () => {
  const { server, finish } = await startHoldingDyno();
  const limits = { requestTimeoutMs: AMPLE_MS, maxRequestsPerDyno: 1 };
  await real.router.put(routeOf({ appId: 'full', hosts: ['full.test'], dynos: [server.dyno], limits }));
  const asking = Promise.all([ask(real.port, 'full.test'), ask(real.port, 'full.test')]);
  await expect.poll(() => real.router.loads()).toContainEqual({ appId: 'full', inFlight: 1, queued: 1 });
  finish();
  expect((await asking).map((answer) => answer.status)).toEqual([200, 200]);
});

test('an event stream may be silent for as long as its app allows', async () => {
  const stream = await startDyno('e', 'web.1', (_request, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.write('data: 1\n\n');
    setTimeout(() => response.end('data: 2\n\n'), SLOW_MS);
  });
  onTestFinished(() => stream.close());
  const route = routeOf({ appId: 'events', hosts: ['events.test'], dynos: [stream.dyno] });
  const headers = { accept: 'text/event-stream' };
  await real.router.put(route);
  await expect(ask(real.port, 'events.test', { headers })).rejects.toThrow();
  expect((await lines.with('host=events.test')).text).toContain('code=H15');
  await real.router.put({ ...route, limits: { idleTimeoutMs: AMPLE_MS } });
  expect((await ask(real.port, 'events.test', { headers })).body).toBe('data: 1\n\ndata: 2\n\n');
});

test('a request that is under way when its app first chooses something goes on, is counted and has its line', async () => {
  // Under Heroku's limits: the app chose nothing yet, and its request lasts until it has been counted twice.
  const own = await startRealRouter();
  onTestFinished(own.close);
  const ownLines = new Lines(own.router);
  onTestFinished(() => ownLines.stop());
  const { server, finish } = await startHoldingDyno();
  const before = routeOf({ appId: 'moving', hosts: ['moving.test'], dynos: [server.dyno] });
  await own.router.put(before);
  const underWay = ask(own.port, 'moving.test', { path: '/under-way' });
  await expect.poll(() => own.router.inFlight('moving')).toEqual({ d: 1 });
  await own.router.put({ ...before, sessionAffinity: true });
  expect(await own.router.inFlight('moving')).toEqual({ d: 1 });
  finish();
  expect((await underWay).body).toBe('done');
  expect((await ownLines.with('path="/under-way"')).text).toContain('status=200');
  const answer = await ask(own.port, 'moving.test');
  expect(answer.headers['set-cookie']?.[0]).toMatch(/^heroku-session-affinity=/);
  await expect.poll(() => own.router.inFlight('moving')).toEqual({ d: 0 });
  await own.router.put(before);
  expect((await ask(own.port, 'moving.test')).headers['set-cookie']).toBeUndefined();
});
