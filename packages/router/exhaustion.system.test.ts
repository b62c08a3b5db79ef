import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { routeOf } from './testing/app-route.ts';
import { ask } from './testing/client.ts';
import { type DynoServer, startDyno } from './testing/dyno-server.ts';
import { Lines } from './testing/lines.ts';
import { type RealRouter, startRealRouter } from './testing/real-router.ts';

/** HAProxy takes a quarter of so few files as connections, and one app half of those. */
const OPEN_FILES = 160;
const MOST_OF_ONE_APP = OPEN_FILES / 4 / 2;

let real: RealRouter;
let lines: Lines;
let dyno: DynoServer;
let silent: DynoServer;

beforeAll(async () => {
  real = await startRealRouter({ openFiles: OPEN_FILES, limits: { headersMs: 2_000 } });
  lines = new Lines(real.router);
  dyno = await startDyno('d', 'web.1');
  silent = await startDyno('s', 'web.1', () => undefined);
  await real.router.put(routeOf({ dynos: [dyno.dyno] }));
  await real.router.put(routeOf({ appId: 'greedy', hosts: ['greedy.test'], dynos: [silent.dyno] }));
});
afterAll(async () => {
  lines.stop();
  await real.close();
  await dyno.close();
  await silent.close();
});

async function opened(text: string): Promise<Socket> {
  const socket = connect(real.port, '127.0.0.1');
  await once(socket, 'connect');
  socket.on('error', () => undefined);
  socket.write(text);
  return socket;
}

test('clients that never end their headers get 408, and others are served meanwhile', async () => {
  const slow = await Promise.all(Array.from({ length: 8 }, () => opened('GET / HTTP/1.1\r\nHost: a.test\r\nX-Slow: ')));
  const drip = setInterval(() => slow.forEach((socket) => void socket.write('x')), 200);
  const ends = Promise.all(slow.map(async (socket) => String((await once(socket, 'data'))[0])));
  expect((await ask(real.port, 'a.test')).status).toBe(200);
  for (const end of await ends) expect(end).toMatch(/^HTTP\/1\.1 408 /);
  clearInterval(drip);
  for (const socket of slow) socket.destroy();
});

test('an app that has half of all connections gets H22, and the others go on', async () => {
  const sockets: Socket[] = [];
  for (let count = 0; count < MOST_OF_ONE_APP; count++) {
    sockets.push(await opened('GET / HTTP/1.1\r\nHost: greedy.test\r\n\r\n'));
  }
  await expect.poll(() => silent.requests()).toBe(MOST_OF_ONE_APP);
  expect((await ask(real.port, 'greedy.test', { path: '/beyond' })).status).toBe(503);
  expect((await lines.with('path="/beyond"')).text).toMatch(
    /^at=error code=H22 desc="Connection limit reached" .* status=503 /,
  );
  expect((await ask(real.port, 'a.test')).status).toBe(200);
  for (const socket of sockets) socket.destroy();
});
