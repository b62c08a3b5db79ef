import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer as createHttpServer, get } from 'node:http';
import { get as getTls } from 'node:https';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Duplex } from 'node:stream';
import { connect } from 'node:tls';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { listen } from './listener.ts';

const secret = 'ab'.repeat(20);
const folder = mkdtempSync(join(tmpdir(), 'listener-'));
let port = 0;
let listener: { close(): Promise<void> };
const sessions: { secret: string; client: Duplex }[] = [];

beforeAll(async () => {
  const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
  const request = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '1'];
  execFileSync('openssl', [...request, '-subj', '/CN=localhost', '-keyout', key, '-out', cert], { stdio: 'ignore' });
  port = await freePort();
  const http = createHttpServer((incoming, response) => response.end(`hello ${incoming.url}`));
  listener = await listen({
    bind: '127.0.0.1',
    port,
    tls: { key: readFileSync(key), cert: readFileSync(cert) },
    http,
    rendezvous: (given, client) => sessions.push({ secret: given, client }),
  });
});

afterAll(async () => {
  await listener.close();
  rmSync(folder, { recursive: true });
});

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const found = (probe.address() as AddressInfo).port;
  probe.close();
  await once(probe, 'close');
  return found;
}

async function body(request: ReturnType<typeof get>): Promise<string> {
  const [response] = await once(request, 'response');
  let text = '';
  for await (const chunk of response) text += chunk;
  return text;
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

test('a port that is taken is named together with the setting', async () => {
  const again = listen({ bind: '127.0.0.1', port, tls: {}, http: createHttpServer(), rendezvous: () => undefined });
  await expect(again).rejects.toMatchObject({
    id: 'conflict',
    message: expect.stringMatching(`Port ${port}.*JANGADA_PORT`),
  });
});
