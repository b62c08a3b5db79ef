import { once } from 'node:events';
import { Agent, createServer, get, type IncomingMessage, request, type Server } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { asksFixedHost, isForApi } from './fixed-hosts.ts';
import { type Forwarder, startForwarder } from './forwarder.ts';

let api: Server;
let port: number;
let forwarder: Forwarder;

beforeAll(async () => {
  api = createServer((incoming, response) => response.end(`${incoming.headers.host} ${incoming.url}`));
  api.listen(0, '127.0.0.1');
  await once(api, 'listening');
  port = (api.address() as AddressInfo).port;
  forwarder = await startForwarder({ host: '127.0.0.1', port });
});
afterAll(async () => {
  await forwarder.close();
  api.close();
});

async function tunnel(target: string): Promise<{ status: number; socket: Socket }> {
  const asked = request(forwarder.url, { method: 'CONNECT', path: target }).end();
  const [response, socket] = (await once(asked, 'connect')) as [IncomingMessage, Socket];
  return { status: response.statusCode ?? 0, socket };
}

test('a request to a fixed host of the CLI reaches the API', async () => {
  const host = `api.metrics.heroku.com:${port}`;
  const { status, socket } = await tunnel(host);
  expect(status).toBe(200);
  const agent = Object.assign(new Agent(), { createConnection: () => socket });
  const [response] = await once(get({ host: '127.0.0.1', path: '/apps/x', headers: { host }, agent }), 'response');
  expect(await text(response)).toBe(`${host} /apps/x`);
});

test.each([
  'backboard.heroku.com:443',
  'kolkrabbi.heroku.com:443',
  'api.github.com:443',
  'api.heroku.com:80',
  'example.com',
  'evilheroku.com',
  '127.0.0.1:22',
  'localhost',
  '',
])('a tunnel to %j is refused', async (target) => {
  const { status } = await tunnel(target === '' || target.includes(':') ? target : `${target}:${port}`);
  expect(status).toBe(403);
});

test('an API on IPv6 is reached by its address too', () => {
  expect(isForApi('[::1]:5000', { host: '::1', port: 5000 })).toBe(true);
  expect(isForApi('[::2]:5000', { host: '::1', port: 5000 })).toBe(false);
});

test('a request that is no tunnel is refused', async () => {
  const [response] = await once(get(`${forwarder.url}/apps`), 'response');
  expect(response.statusCode).toBe(403);
});

test('an API that is not there breaks the tunnel off', async () => {
  const lonely = await startForwarder({ host: '127.0.0.1', port: 9 });
  const asked = request(lonely.url, { method: 'CONNECT', path: 'api.metrics.heroku.com:9' }).end();
  await expect(once(asked, 'connect')).rejects.toThrow();
  await lonely.close();
});

test('only the commands that ask fixed hosts need it', () => {
  const some = [['ps:autoscale:enable', '-a', 'x'], ['apps:errors'], ['apps:favorites:add'], ['notifications']];
  const github = [['pipelines:diff', '-a', 'x'], ['pipelines:connect'], ['pipelines:setup'], ['ci:run'], ['ci:rerun']];
  for (const args of [...some, ...github]) expect(asksFixedHost(args), args.join(' ')).toBe(true);
  const others = [['ps'], ['ps:autoscal'], ['apps'], ['run', 'ps:autoscale:enable'], ['pipelines'], ['ci:config'], []];
  for (const args of others) expect(asksFixedHost(args), args.join(' ')).toBe(false);
});
