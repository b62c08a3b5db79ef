import { mkdtemp, rm } from 'node:fs/promises';
import { request as httpRequest, type IncomingHttpHeaders, type OutgoingHttpHeaders } from 'node:http';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { AppRoute, RouteDyno } from '@jangada/core';
import { afterEach, expect, test } from 'vitest';
import { DEFAULT_LIMITS } from '../limits.ts';
import { routeOf } from '../testing/app-route.ts';
import { type DynoServer, startDyno, startRawDyno } from '../testing/dyno-server.ts';
import { BackupServer } from './server.ts';

const open: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const one of open.splice(0).reverse()) await one.close();
});

interface Answered {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** A Node side without HAProxy in front of it, and how to ask it. */
async function serve(find: (host: string) => AppRoute | undefined): Promise<{
  readonly server: BackupServer;
  readonly socketPath: string;
  readonly reports: readonly string[];
  readonly ask: (method?: string, headers?: OutgoingHttpHeaders) => Promise<Answered>;
}> {
  const folder = await mkdtemp(join(tmpdir(), 'jangada-backup-'));
  const socketPath = join(folder, 'backup.sock');
  const reports: string[] = [];
  const server = new BackupServer({ limits: DEFAULT_LIMITS, find, report: (event) => reports.push(event) });
  await server.listen(socketPath);
  open.push({
    close: async () => {
      await server.close();
      await rm(folder, { recursive: true });
    },
  });
  const ask = (method = 'GET', headers: OutgoingHttpHeaders = {}): Promise<Answered> =>
    new Promise((resolve, reject) => {
      const request = httpRequest({ socketPath, method, headers: { host: 'a.test', ...headers } }, async (answer) => {
        const body = Buffer.concat(await answer.toArray()).toString();
        resolve({ status: answer.statusCode ?? 0, headers: answer.headers, body });
      });
      request.on('error', reject);
      request.end();
    });
  return { server, socketPath, reports, ask };
}

function kept(dyno: DynoServer): DynoServer {
  open.push(dyno);
  return dyno;
}

/** A dyno that answers with these bytes. */
const answering = async (bytes: string): Promise<DynoServer> =>
  kept(await startRawDyno('d', 'web.1', (socket) => socket.once('data', () => socket.end(bytes, 'latin1'))));

/** A dyno that sends what is no HTTP and leaves its connections open. */
async function countingDyno(): Promise<{ readonly dyno: RouteDyno; readonly connections: () => number }> {
  let connections = 0;
  const { dyno } = kept(
    await startRawDyno('d', 'web.1', (socket) => {
      connections += 1;
      socket.once('close', () => (connections -= 1));
      socket.once('data', () => socket.write('hello there\r\n\r\n'));
    }),
  );
  return { dyno, connections: () => connections };
}

test.each([
  ['a status of 099', 'HTTP/1.1 099 Odd\r\nContent-Length: 2\r\n\r\nok'],
  ['a status of 000', 'HTTP/1.1 000 Odd\r\nContent-Length: 2\r\n\r\nok'],
  ['a control character in its reason', 'HTTP/1.1 200 O\x01K\r\nContent-Length: 2\r\n\r\nok'],
])('a dyno’s answer with %s is H17', async (_what, bytes) => {
  const { dyno } = await answering(bytes);
  const { server, ask } = await serve(() => routeOf({ dynos: [dyno] }));
  expect(await ask()).toMatchObject({
    status: 503,
    headers: { 'x-router-dyno': expect.stringMatching(/^web\.1,H17,/) },
  });
  expect(server.requestsOn('d')).toBe(0);
});

test.each([
  ['GET', 'HTTP/1.1 200 OK\r\nTrailer: x-sum\r\nContent-Length: 2\r\n\r\nok', 200, 'ok'],
  ['HEAD', 'HTTP/1.1 200 OK\r\nTrailer: x-sum\r\nTransfer-Encoding: chunked\r\n\r\n', 200, ''],
  ['GET', 'HTTP/1.1 304 Not Modified\r\nTrailer: x-sum\r\n\r\n', 304, ''],
  [
    'GET',
    'HTTP/1.1 200 OK\r\nTrailer: x-sum\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\nX-Sum: 1\r\n\r\n',
    200,
    'ok',
  ],
])('%s: an answer that announces trailers passes without them: %j', async (method, bytes, status, body) => {
  const { dyno } = await answering(bytes);
  const { ask } = await serve(() => routeOf({ dynos: [dyno] }));
  const answer = await ask(method);
  expect(answer).toMatchObject({ status, body });
  expect(answer.headers.trailer).toBeUndefined();
});

test('a request that announces trailers reaches its dyno without them', async () => {
  const { dyno } = kept(
    await startDyno('d', 'web.1', (request, response) => void response.end(JSON.stringify(request.headers))),
  );
  const { server, socketPath } = await serve(() => routeOf({ dynos: [dyno] }));
  // As bytes: Node would not send it.
  const socket = connect(socketPath);
  socket.write(
    'GET / HTTP/1.1\r\nHost: a.test\r\nConnection: close\r\nAccept: */*\r\nTE: trailers\r\nTrailer: x-sum\r\n\r\n',
  );
  const answer = Buffer.concat(await socket.toArray()).toString();
  expect(answer).toMatch(/^HTTP\/1\.1 200 .*"accept":"\*\/\*"/s);
  expect(answer).not.toMatch(/"te"|"trailer"/);
  expect(server.requestsOn('d')).toBe(0);
});

test('a request whose forwarding throws is H99, lets go of its dyno and is counted no more', async () => {
  const { dyno, connections } = await countingDyno();
  const route = routeOf({ dynos: [dyno], errorPageUrl: 'no URL' });
  const { server, reports, ask } = await serve(() => route);
  expect(await ask()).toMatchObject({ status: 503, headers: { 'x-router-dyno': ',H99,' } });
  expect(reports).toEqual(['request_failed']);
  expect(server.requestsOn('d')).toBe(0);
  await expect.poll(connections).toBe(0);
});

test.each([
  ['a plain request', {}],
  ['one for another protocol', { connection: 'Upgrade', upgrade: 'websocket' }],
])('%s that nobody can look up is H99', async (_what, headers) => {
  const { ask } = await serve(() => {
    throw new Error('no table');
  });
  expect(await ask('GET', headers)).toMatchObject({ status: 503, headers: { 'x-router-dyno': ',H99,' } });
});
