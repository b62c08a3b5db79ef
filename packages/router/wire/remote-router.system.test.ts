import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { connectRouter, type RemoteRouter, serveRouter } from '../index.ts';
import { routeOf } from '../testing/app-route.ts';
import { ask } from '../testing/client.ts';
import { type DynoServer, startDyno } from '../testing/dyno-server.ts';
import { Lines } from '../testing/lines.ts';
import { type RealRouter, startRealRouter } from '../testing/real-router.ts';

let real: RealRouter;
let remote: RemoteRouter;
let dyno: DynoServer;
let shutdowns = 0;
let closeAll: () => Promise<void>;

beforeEach(async () => {
  const folder = await mkdtemp(join(tmpdir(), 'jangada-wire-'));
  const socket = join(folder, 'router.sock');
  real = await startRealRouter();
  dyno = await startDyno('d', 'web.1');
  const server = await serveRouter(socket, real.router, () => {
    shutdowns += 1;
  });
  remote = connectRouter(socket);
  closeAll = async () => {
    remote.close();
    await server.close();
    await real.close();
    await dyno.close();
    await rm(folder, { recursive: true });
  };
});
afterEach(() => closeAll());

test('a route put over the wire serves, is counted and is removed', async () => {
  await remote.put(routeOf({ dynos: [dyno.dyno] }));
  expect((await ask(real.port, 'a.test')).headers['x-dyno']).toBe('d');
  expect(await remote.inFlight('app-a')).toEqual({ d: 0 });
  await remote.retain([]);
  expect((await ask(real.port, 'a.test')).status).toBe(404);
});

test('lines and wakes arrive over the wire', async () => {
  await remote.put(routeOf({ state: 'asleep' }));
  const lines = new Lines(remote);
  const held = ask(real.port, 'a.test', { path: '/woken' });
  const stop = new AbortController();
  for await (const appId of remote.wakes(stop.signal)) {
    expect(appId).toBe('app-a');
    stop.abort();
  }
  await remote.put(routeOf({ dynos: [dyno.dyno] }));
  expect((await held).status).toBe(200);
  expect((await lines.with('path="/woken"')).text).toContain(' dyno=web.1 ');
  lines.stop();
});

test('a route that cannot be followed is refused with the same error', async () => {
  await expect(remote.put(routeOf({ hosts: ['a b'] }))).rejects.toMatchObject({ id: 'invalid_params', status: 422 });
});

test('status tells who runs, and shutdown is passed on', async () => {
  expect(await remote.status()).toEqual({ pid: process.pid, haproxyPid: await real.router.haproxyPid() });
  await remote.shutdown();
  await expect.poll(() => shutdowns).toBe(1);
});
