import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { probeOverHttp } from './health-check.ts';

let server: Server;

afterEach(() => {
  server.closeAllConnections();
  server.close();
});

async function probe(handle: Parameters<typeof createServer>[1]): Promise<boolean> {
  server = createServer(handle).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return probeOverHttp({ address: '127.0.0.1', port, path: '/healthz?deep=1', host: 'app.localhost' });
}

test.each([
  [200, true],
  [204, true],
  [301, true],
  [404, false],
  [503, false],
])('an answer with %i is %o', async (status, healthy) => {
  expect(await probe((_, response) => response.writeHead(status).end('x'))).toBe(healthy);
});

test('asks for the path at the host of the app', async () => {
  const asked: unknown[] = [];
  await probe((request, response) => {
    asked.push(request.method, request.url, request.headers.host);
    response.end();
  });
  expect(asked).toEqual(['GET', '/healthz?deep=1', 'app.localhost']);
});

test('an endless body is not waited for', async () => {
  expect(await probe((_, response) => void response.write('first of many'))).toBe(true);
});

test('a connection that is closed without an answer is not well', async () => {
  expect(await probe((request) => void request.socket.destroy())).toBe(false);
});

test('a dyno that is silent for 2 seconds is not well', async () => {
  expect(await probe(() => undefined)).toBe(false);
});
