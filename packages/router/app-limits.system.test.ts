import { afterAll, beforeAll, expect, test } from 'vitest';
import { routeOf } from './testing/app-route.ts';
import { ask } from './testing/client.ts';
import { type DynoServer, startDyno } from './testing/dyno-server.ts';
import { Lines } from './testing/lines.ts';
import { type RealRouter, startRealRouter } from './testing/real-router.ts';

let real: RealRouter;
let lines: Lines;
let slow: DynoServer;
/** Requests that the slow dyno works on, and the most that it worked on at a time. */
let working = 0;
let most = 0;

beforeAll(async () => {
  real = await startRealRouter({ limits: { firstByteMs: 250, idleMs: 300, queueMs: 5_000, requestsPerDyno: 1 } });
  lines = new Lines(real.router);
  slow = await startDyno('d', 'web.1', (_request, response) => {
    most = Math.max(most, ++working);
    setTimeout(() => {
      working--;
      response.end('done');
    }, 500);
  });
});
afterAll(async () => {
  lines.stop();
  await real.close();
  await slow.close();
});

test('an app’s own request time-out holds at once, without a reload, and goes with the setting', async () => {
  const route = routeOf({ appId: 'slow', hosts: ['slow.test'], dynos: [slow.dyno] });
  const pid = await real.router.haproxyPid();
  await real.router.put(route);
  expect((await ask(real.port, 'slow.test')).status).toBe(503);
  await real.router.put({ ...route, limits: { requestTimeoutMs: 2_000 } });
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
    limits: { requestTimeoutMs: 2_000 },
  });
  await real.router.put(route);
  const held = ask(real.port, 'held.test');
  await real.router.put({ ...route, state: 'serving', dynos: [slow.dyno] });
  expect((await held).body).toBe('done');
});

test('an app’s own number of requests at a time changes under its dyno', async () => {
  const limits = { requestTimeoutMs: 5_000, maxRequestsPerDyno: 1 };
  const route = routeOf({ appId: 'many', hosts: ['many.test'], dynos: [slow.dyno], limits });
  await real.router.put(route);
  await real.router.put({ ...route, limits: { ...limits, maxRequestsPerDyno: 4 } });
  most = 0;
  const answers = await Promise.all(Array.from({ length: 6 }, () => ask(real.port, 'many.test')));
  expect(answers.map((answer) => answer.status)).toEqual([200, 200, 200, 200, 200, 200]);
  expect(most).toBe(4);
});

test('requests beyond what a dyno works on at a time wait, and are counted apart', async () => {
  const limits = { requestTimeoutMs: 5_000, maxRequestsPerDyno: 1 };
  await real.router.put(routeOf({ appId: 'full', hosts: ['full.test'], dynos: [slow.dyno], limits }));
  const answers = [ask(real.port, 'full.test'), ask(real.port, 'full.test')];
  await expect
    .poll(() => real.router.loads(), { interval: 20 })
    .toContainEqual({ appId: 'full', inFlight: 1, queued: 1 });
  await Promise.all(answers);
});

test('an event stream may be silent for as long as its app allows', async () => {
  const stream = await startDyno('e', 'web.1', (_request, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.write('data: 1\n\n');
    setTimeout(() => response.end('data: 2\n\n'), 600);
  });
  const route = routeOf({ appId: 'events', hosts: ['events.test'], dynos: [stream.dyno] });
  const headers = { accept: 'text/event-stream' };
  await real.router.put(route);
  await expect(ask(real.port, 'events.test', { headers })).rejects.toThrow();
  expect((await lines.with('host=events.test')).text).toContain('code=H15');
  await real.router.put({ ...route, limits: { idleTimeoutMs: 3_000 } });
  expect((await ask(real.port, 'events.test', { headers })).body).toBe('data: 1\n\ndata: 2\n\n');
  await stream.close();
});

test('a request that is under way when its app first chooses something goes on, is counted and has its line', async () => {
  const quick = await startDyno('d', 'web.1', (_request, response) => setTimeout(() => response.end('quick'), 200));
  const before = routeOf({ appId: 'moving', hosts: ['moving.test'], dynos: [quick.dyno] });
  await real.router.put(before);
  const underWay = ask(real.port, 'moving.test', { path: '/under-way' });
  await expect.poll(() => real.router.inFlight('moving'), { interval: 5 }).toEqual({ d: 1 });
  await real.router.put({ ...before, sessionAffinity: true });
  expect(await real.router.inFlight('moving')).toEqual({ d: 1 });
  expect((await underWay).body).toBe('quick');
  expect((await lines.with('path="/under-way"')).text).toContain('status=200');
  const answer = await ask(real.port, 'moving.test');
  expect(answer.headers['set-cookie']?.[0]).toMatch(/^heroku-session-affinity=/);
  expect(await real.router.inFlight('moving')).toEqual({ d: 0 });
  await real.router.put(before);
  expect((await ask(real.port, 'moving.test')).headers['set-cookie']).toBeUndefined();
  await quick.close();
});
