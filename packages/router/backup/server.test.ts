import { mkdtemp, rm } from 'node:fs/promises';
import { request as httpRequest, type IncomingHttpHeaders, type OutgoingHttpHeaders } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { AppRoute } from '@jangada/core';
import { afterEach, expect, test } from 'vitest';
import { DEFAULT_LIMITS } from '../limits.ts';
import { routeOf } from '../testing/app-route.ts';
import { type DynoServer, startRawDyno } from '../testing/dyno-server.ts';
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
  readonly ask: (method?: string, headers?: OutgoingHttpHeaders) => Promise<Answered>;
}> {
  const folder = await mkdtemp(join(tmpdir(), 'jangada-backup-'));
  const socketPath = join(folder, 'backup.sock');
  const server = new BackupServer({ limits: DEFAULT_LIMITS, find });
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
  return { server, ask };
}

function kept(dyno: DynoServer): DynoServer {
  open.push(dyno);
  return dyno;
}

/** A dyno that answers with these bytes. */
const answering = async (bytes: string): Promise<DynoServer> =>
  kept(await startRawDyno('d', 'web.1', (socket) => socket.once('data', () => socket.end(bytes, 'latin1'))));

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
