import { once } from 'node:events';
import { createServer, request } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { cutSilentUpload } from './silent-upload.ts';

const SILENCE_MS = 400;

/** Answers with the body, two silences after its end. */
const server = createServer({ requestTimeout: 0 }, async (incoming, response) => {
  cutSilentUpload(incoming, SILENCE_MS);
  const body = await text(incoming).catch(() => null);
  if (body === null) return;
  await delay(2 * SILENCE_MS);
  response.end(`got ${body}`);
});
let port: number;
beforeAll(async () => {
  await once(server.listen(0, '127.0.0.1'), 'listening');
  port = (server.address() as AddressInfo).port;
});
afterAll(async () => {
  server.closeAllConnections();
  await once(server.close(), 'close');
});

function send(text: string): Socket {
  const client = connect(port, '127.0.0.1').resume();
  client.write(text);
  return client;
}

test.each([
  ['with a length', 'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nhalf'],
  ['in chunks', 'POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n'],
])('a client that stops in the middle of a body %s is cut', async (_, sent) => {
  await once(send(sent), 'close');
});

test('a slow upload is taken, and its answer may take longer than a silence', async () => {
  const upload = request({ port, host: '127.0.0.1', method: 'POST' });
  const answered = once(upload, 'response');
  for (const part of ['a', 'b', 'c', 'd', 'e', 'f']) {
    upload.write(part);
    await delay(SILENCE_MS / 4);
  }
  upload.end();
  const [response] = await answered;
  expect(await text(response)).toBe('got abcdef');
});

test('a request without a body waits for its answer', async () => {
  const asked = request({ port, host: '127.0.0.1' }).end();
  const [response] = await once(asked, 'response');
  expect(await text(response)).toBe('got ');
});
