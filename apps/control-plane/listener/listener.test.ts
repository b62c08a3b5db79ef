import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer as createHttpServer, get, type IncomingMessage, request, type ServerResponse } from 'node:http';
import { get as getTls } from 'node:https';
import { connect as connectPlain, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Duplex } from 'node:stream';
import { text } from 'node:stream/consumers';
import { setTimeout as delay } from 'node:timers/promises';
import { connect } from 'node:tls';
import { freePort } from '@jangada/conformance/free-port';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { listen } from './listener.ts';

/** What a listener needs whose clients speak HTTP only. */
const NOTHING = { tls: {}, rendezvous: () => undefined, ssh: () => undefined };
const secret = 'ab'.repeat(20);
const folder = mkdtempSync(join(tmpdir(), 'listener-'));
/** Milliseconds that the head of a request may take here. */
const HEAD_MS = 300;
let port = 0;
let listener: { close(): Promise<void> };
const sessions: { secret: string; client: Duplex }[] = [];

beforeAll(async () => {
  const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
  const ask = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '1'];
  execFileSync('openssl', [...ask, '-subj', '/CN=localhost', '-keyout', key, '-out', cert], { stdio: 'ignore' });
  port = await freePort();
  const http = createHttpServer(
    { headersTimeout: HEAD_MS, requestTimeout: 0, connectionsCheckingInterval: 50 },
    answer,
  );
  listener = await listen({
    bind: '127.0.0.1',
    port,
    tls: { key: readFileSync(key), cert: readFileSync(cert) },
    http,
    rendezvous: (given, client) => sessions.push({ secret: given, client }),
    ssh: greetBack,
  });
});

afterAll(async () => {
  await listener.close();
  rmSync(folder, { recursive: true });
});

/** `/slow` begins its answer at once and ends it late; everything else ends it when the request has ended. */
async function answer(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
  response.write(`hello ${incoming.url}`);
  if (incoming.url === '/slow') await delay(3 * HEAD_MS);
  response.end(await text(incoming));
}

/** Listens a little later, as ssh2 does. */
function greetBack(client: Socket): void {
  setImmediate(() => client.once('data', (greeting) => client.end(`you said ${greeting}`)).resume());
}

async function body(asked: ReturnType<typeof get>): Promise<string> {
  const [response] = await once(asked, 'response');
  return text(response);
}

test('one port answers plain HTTP and HTTP over TLS', async () => {
  expect(await body(get({ port, host: '127.0.0.1', path: '/plain' }))).toBe('hello /plain');
  expect(await body(getTls({ port, host: '127.0.0.1', path: '/tls', rejectUnauthorized: false }))).toBe('hello /tls');
});

test('a TLS client that sends a secret becomes a rendezvous session and loses no byte', async () => {
  const client = connect({ port, host: '127.0.0.1', rejectUnauthorized: false });
  client.write(`${secret}\r\nfirst`);
  await expect.poll(() => sessions.length).toBe(1);
  client.write(' second');
  const { secret: given, client: socket } = sessions[0]!;
  expect(given).toBe(secret);
  socket.write('answer');
  const [answer] = await once(client, 'data');
  expect(String(answer)).toBe('answer');
  let received = '';
  socket.on('data', (chunk) => {
    received += chunk;
  });
  socket.resume();
  await expect.poll(() => received).toBe('first second');
  client.destroy();
});

test('an SSH client is told from the others by its greeting, of which no byte is lost', async () => {
  const client = connectPlain(port, '127.0.0.1');
  client.write('SSH-2.0-somebody\r\n');
  expect(await text(client)).toBe('you said SSH-2.0-somebody\r\n');
});

const whole = 'GET / HTTP/1.1\r\nHost: localhost\r\n\r\n';

test.each([
  ['in clear', () => connectPlain(port, '127.0.0.1'), 'G'],
  ['in TLS', () => connect({ port, host: '127.0.0.1', rejectUnauthorized: false }), 'G'],
  ['in clear after a whole request', () => connectPlain(port, '127.0.0.1'), `${whole}G`],
])('a client that begins a request and never ends its head is cut, %s', async (_, open, sent) => {
  const client = open().resume();
  client.write(sent);
  await once(client, 'close');
});

test('an upload takes as long as it takes', async () => {
  const upload = request({ port, host: '127.0.0.1', path: '/', method: 'POST' });
  const answered = body(upload);
  for (const part of ['a', 'b', 'c', 'd', 'e', 'f']) {
    upload.write(part);
    await delay(HEAD_MS / 2);
  }
  upload.end();
  expect(await answered).toBe('hello /abcdef');
});

test('an answer that is silent for long is not cut', async () => {
  expect(await body(get({ port, host: '127.0.0.1', path: '/slow' }))).toBe('hello /slow');
});

test('the kernel finds out when the computer of a client has vanished', async () => {
  const client = connectPlain(port, '127.0.0.1');
  await once(client, 'connect');
  const address = (at: number): string => `0100007F:${at.toString(16).toUpperCase().padStart(4, '0')}`;
  const row = `${address(port)} ${address(client.localPort!)}`;
  // proc_pid_net(5): timer 2 of an idle socket is the one of keep-alive.
  await expect.poll(() => readFileSync('/proc/net/tcp', 'latin1')).toMatch(new RegExp(`${row} 01 \\S+ 02:`));
  client.destroy();
});

test('at another address than 127.0.0.1 the port answers there and on 127.0.0.1', async () => {
  const other = await freePort();
  const http = createHttpServer((_incoming, response) => response.end('hello'));
  const both = await listen({ ...NOTHING, bind: '127.0.0.9', port: other, http });
  for (const host of ['127.0.0.9', '127.0.0.1']) expect(await body(get({ port: other, host }))).toBe('hello');
  await both.close();
  await expect(once(connectPlain(other, '127.0.0.1'), 'connect')).rejects.toThrow('ECONNREFUSED');
});

test('when one of the two addresses is taken, the other one is left', async () => {
  const http = createHttpServer();
  await expect(listen({ ...NOTHING, bind: '127.0.0.9', port, http })).rejects.toThrow(`${port} on 127.0.0.1`);
  await expect(once(connectPlain(port, '127.0.0.9'), 'connect')).rejects.toThrow('ECONNREFUSED');
});

test('a port that is taken is named together with the setting', async () => {
  const again = listen({ ...NOTHING, bind: '127.0.0.1', port, http: createHttpServer() });
  await expect(again).rejects.toMatchObject({
    id: 'conflict',
    message: expect.stringMatching(`Port ${port}.*JANGADA_PORT`),
  });
});
