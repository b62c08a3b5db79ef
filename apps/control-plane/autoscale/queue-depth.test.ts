import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { SAMPLE_ROWS } from '@jangada/conformance';
import type { EngineDyno } from '@jangada/core';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createTestContext } from '../testing/test-context.ts';
import { askQueueDepth, depthIn, type QueueDepth } from './queue-depth.ts';

let server: Server;
let depthOf: QueueDepth;
let answer: RequestListener;
const asked: string[] = [];

/** A web dyno that is up, whose process is a server of this test. */
beforeEach(async () => {
  const context = createTestContext();
  server = createServer((request, response) => {
    asked.push(`${request.headers.host} ${request.url}`);
    answer(request, response);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const { id: dynoId, appId } = SAMPLE_ROWS.dynos;
  const web = { dynoId, appId, name: 'web.1', state: 'running', address: '127.0.0.1', port } as EngineDyno;
  const stranger = { ...web, dynoId: 'another', appId: 'another', address: '127.0.0.2' };
  await context.store.transaction(async (tx) => {
    await tx.accounts.insert(SAMPLE_ROWS.accounts);
    await tx.apps.insert(SAMPLE_ROWS.apps);
    await tx.slugs.insert(SAMPLE_ROWS.slugs);
    await tx.releases.insert(SAMPLE_ROWS.releases);
    await tx.dynos.insert({ ...SAMPLE_ROWS.dynos, state: 'up' });
  });
  depthOf = askQueueDepth({ ...context, engine: { ...context.engine, list: async () => [stranger, web] } });
});
afterEach(() => server.close());

const ask = (queueUrl: string): Promise<number> => depthOf({ ...SAMPLE_ROWS.monitors, metric: 'queue', queueUrl });

test('a path is asked of a web dyno of the app, under the name of the app', async () => {
  answer = (_, response) => response.end('{"depth": 12}');
  expect(await ask('/queue?name=mail')).toBe(12);
  expect(asked.at(-1)).toBe(`${SAMPLE_ROWS.apps.name}.localhost /queue?name=mail`);
});

test.each([
  ['an error', 500, 'x', 'answers with status 500'],
  ['a redirect, which is not followed', 302, '', 'answers with status 302'],
  ['something else', 200, '<html>', 'must be a number'],
  ['too much', 200, '1'.repeat(70_000), 'longer than 65536 bytes'],
])('%s is no depth', async (_, status, text, reason) => {
  answer = (_request, response) => response.writeHead(status, { location: 'http://127.0.0.1/' }).end(text);
  await expect(ask('/queue')).rejects.toThrow(reason);
});

test.each(['http://127.0.0.1:1/x', 'http://localhost:1/x', 'http://169.254.169.254/latest', 'http://[::1]/'])(
  'the platform does not ask %s',
  async (url) => {
    await expect(ask(url)).rejects.toThrow('not one of the public internet. Name a path of the app instead');
  },
);

test.each([
  ['7', 7],
  [' 7.5\n', 7.5],
  ['{"depth": 0, "other": 3}', 0],
])('%j tells %d', (text, depth) => {
  expect(depthIn(text)).toBe(depth);
});

test.each(['', 'many', '-1', 'null', '{"depth": "7"}', '[1]', '1e999'])('%j tells nothing', (text) => {
  expect(() => depthIn(text)).toThrow('must be a number');
});
