import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { Agent } from 'node:http';
import { connect as connectHttp2 } from 'node:http2';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Certificate } from './index.ts';
import { routeOf } from './testing/app-route.ts';
import { ask } from './testing/client.ts';
import { type DynoServer, startDyno } from './testing/dyno-server.ts';
import { Lines } from './testing/lines.ts';
import { type RealRouter, startRealRouter } from './testing/real-router.ts';
import { openWebSocket } from './testing/web-socket.ts';

let real: RealRouter;
let lines: Lines;
let dyno: DynoServer;
let second: DynoServer;
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

beforeAll(async () => {
  real = await startRealRouter({ certificate: await selfSigned() });
  lines = new Lines(real.router);
  dyno = await startDyno('d1', 'web.1');
  second = await startDyno('d2', 'web.2');
  await real.router.put(routeOf({ dynos: [dyno.dyno] }));
});
afterAll(async () => {
  lines.stop();
  await real.close();
  await Promise.all([dyno.close(), second.close()]);
});

async function selfSigned(): Promise<Certificate> {
  const folder = await mkdtemp(join(tmpdir(), 'jangada-cert-'));
  const [cert, key] = [join(folder, 'c.pem'), join(folder, 'k.pem')];
  const subject = ['-subj', '/CN=localhost', '-days', '2', '-keyout', key, '-out', cert];
  await promisify(execFile)('openssl', [
    'req',
    '-x509',
    '-newkey',
    'ec',
    '-pkeyopt',
    'ec_paramgen_curve:prime256v1',
    '-nodes',
    ...subject,
  ]);
  const pem = { cert: await readFile(cert, 'utf8'), key: await readFile(key, 'utf8') };
  await rm(folder, { recursive: true });
  return pem;
}

async function headersAtDyno(headers: Record<string, string> = {}): Promise<Record<string, string>> {
  return JSON.parse((await ask(real.port, 'a.test', { path: '/headers', headers })).body) as Record<string, string>;
}

test('a dyno learns who asked, when and how', async () => {
  const before = Date.now();
  const headers = await headersAtDyno();
  expect(headers).toMatchObject({
    host: 'a.test',
    'x-forwarded-for': '127.0.0.1',
    'x-forwarded-proto': 'http',
    'x-forwarded-port': String(real.port),
    via: '1.1 heroku-router',
  });
  expect(headers['x-request-id']).toMatch(UUID);
  expect(Number(headers['x-request-start'])).toBeGreaterThanOrEqual(before - 1_000);
  expect(Number(headers['x-request-start'])).toBeLessThanOrEqual(Date.now());
});

test('a client’s request id passes when it has the form, and is in the line; any other is replaced', async () => {
  const own = 'Abcdefghij+/=-0123456789';
  expect((await headersAtDyno({ 'x-request-id': own }))['x-request-id']).toBe(own);
  await lines.with(`request_id=${own} `);
  expect((await headersAtDyno({ 'x-request-id': 'too short' }))['x-request-id']).toMatch(UUID);
});

test('X-Forwarded-For is appended, and nobody outside can speak in the router’s name', async () => {
  const headers = await headersAtDyno({
    'x-forwarded-for': '9.9.9.9, 8.8.8.8',
    'x-forwarded-proto': 'https',
    'x-router-dyno': 'web.9',
  });
  expect(headers['x-forwarded-for']).toBe('9.9.9.9, 8.8.8.8, 127.0.0.1');
  expect(headers['x-forwarded-proto']).toBe('http');
  expect(headers['x-router-dyno']).toBeUndefined();
});

test('what proxies before said of the client arrives whole, in one line', async () => {
  const before = Array.from({ length: 400 }, (_, index) => `10.0.0.${index % 256}`).join(', ');
  expect((await headersAtDyno({ 'x-forwarded-for': before }))['x-forwarded-for']).toBe(`${before}, 127.0.0.1`);
});

test('the answer says Via', async () => {
  expect((await ask(real.port, 'a.test')).headers['via']).toBe('1.1 heroku-router');
});

test('many requests follow each other on one connection, each with its line', async () => {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const sockets = new Set<unknown>();
  for (let index = 0; index < 20; index++) {
    const answer = await ask(real.port, 'a.test', { agent, path: `/keep/${index}` });
    expect(answer.body).toBe('hello from d1');
    for (const free of Object.values(agent.freeSockets).flat()) sockets.add(free);
  }
  expect(sockets.size).toBe(1);
  agent.destroy();
  for (let index = 0; index < 20; index++) {
    expect((await lines.with(`path="/keep/${index}"`)).text).toMatch(
      /^at=info .* dyno=web\.1 connect=\d+ms service=\d+ms status=200 bytes=\d+ protocol=http$/,
    );
  }
});

test('bodies stream both ways, large ones too', async () => {
  const body = 'x'.repeat(5_000_000);
  expect((await ask(real.port, 'a.test', { method: 'POST', body })).body.length).toBe(body.length);
});

test('a WebSocket echoes, and its line comes when it ends', async () => {
  const socket = await openWebSocket(real.port, 'a.test');
  expect(await socket.echo('hello')).toBe('hello');
  expect(await socket.echo('again')).toBe('again');
  expect(await real.router.inFlight('app-a')).toEqual({ d1: 1 });
  socket.close();
  expect((await lines.with('status=101')).text).toMatch(/^at=info .* dyno=web\.1 /);
});

test('a held POST with a body is answered by the dyno that comes up, and the line names it', async () => {
  const route = routeOf({ appId: 'held', hosts: ['held.test'], state: 'starting' });
  await real.router.put(route);
  const held = ask(real.port, 'held.test', { method: 'POST', body: 'y'.repeat(200_000), path: '/held' });
  const stop = new AbortController();
  await real.router.put({ ...route, state: 'asleep' });
  for await (const appId of real.router.wakes(stop.signal)) {
    expect(appId).toBe('held');
    stop.abort();
  }
  await real.router.put({ ...route, state: 'serving', dynos: [second.dyno] });
  expect((await held).body.length).toBe(200_000);
  expect((await lines.with('path="/held"')).text).toMatch(
    /^at=info method=POST .* dyno=web\.2 connect=\d+ms service=\d+ms status=200 /,
  );
});

test('a held WebSocket opens once a dyno is up', async () => {
  const route = routeOf({ appId: 'ws', hosts: ['ws.test'], state: 'asleep' });
  await real.router.put(route);
  const opening = openWebSocket(real.port, 'ws.test');
  const stop = new AbortController();
  for await (const _appId of real.router.wakes(stop.signal)) stop.abort();
  await real.router.put({ ...route, state: 'serving', dynos: [second.dyno] });
  const socket = await opening;
  expect(await socket.echo('hello')).toBe('hello');
  expect(await real.router.inFlight('ws')).toEqual({ d2: 1 });
  socket.close();
  await expect.poll(() => real.router.inFlight('ws')).toEqual({ d2: 0 });
});

test('a WebSocket at an app without a dyno gets its page', async () => {
  await real.router.put(routeOf({ appId: 'noweb', hosts: ['noweb.test'], state: 'stopped' }));
  await expect(openWebSocket(real.port, 'noweb.test')).rejects.toThrow('no upgrade: 503');
});

test('with affinity a client stays with its dyno while that is up, and a cookie of no dyno is harmless', async () => {
  const route = routeOf({
    appId: 'sticky',
    hosts: ['sticky.test'],
    sessionAffinity: true,
    dynos: [dyno.dyno, second.dyno],
  });
  await real.router.put(route);
  const first = await ask(real.port, 'sticky.test');
  const cookie = /heroku-session-affinity=[^;]+/.exec(String(first.headers['set-cookie']))![0];
  for (let index = 0; index < 20; index++) {
    expect((await ask(real.port, 'sticky.test', { headers: { cookie } })).headers['x-dyno']).toBe(
      first.headers['x-dyno'],
    );
  }
  const leaving = first.headers['x-dyno'] === 'd1' ? dyno : second;
  const staying = leaving === dyno ? second : dyno;
  await real.router.put({ ...route, dynos: [leaving.draining, staying.dyno] });
  for (const value of [cookie, 'heroku-session-affinity=node', 'heroku-session-affinity=web.1.999;shutdown']) {
    expect((await ask(real.port, 'sticky.test', { headers: { cookie: value } })).headers['x-dyno']).toBe(
      staying.dyno.dynoId,
    );
  }
});

test('without affinity there is no cookie, and requests spread over the dynos', async () => {
  await real.router.put(routeOf({ appId: 'spread', hosts: ['spread.test'], dynos: [dyno.dyno, second.dyno] }));
  const answers = await Promise.all(Array.from({ length: 40 }, () => ask(real.port, 'spread.test')));
  expect(new Set(answers.map((answer) => answer.headers['x-dyno']))).toEqual(new Set(['d1', 'd2']));
  expect(answers.every((answer) => answer.headers['set-cookie'] === undefined)).toBe(true);
});

test('TLS with the platform’s certificate, HTTP/2 included, says https', async () => {
  const session = connectHttp2(`https://127.0.0.1:${real.tlsPort}`, { rejectUnauthorized: false });
  const stream = session.request({ ':path': '/headers?tls', ':authority': 'a.test' });
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk as Buffer);
  session.close();
  const headers = JSON.parse(Buffer.concat(chunks).toString() || '{}') as Record<string, string>;
  expect(headers['host'] ?? 'a.test').toBe('a.test');
  expect((await lines.with('path="/headers?tls"')).text).toMatch(/ host=a\.test .* protocol=https$/);
});

test('streams of one HTTP/2 connection have an id each, the one that their lines show', async () => {
  const session = connectHttp2(`https://127.0.0.1:${real.tlsPort}`, { rejectUnauthorized: false });
  const ids = await Promise.all(
    Array.from({ length: 50 }, async () => {
      const stream = session.request({ ':path': '/headers', ':authority': 'a.test' });
      const chunks: Buffer[] = [];
      for await (const chunk of stream) chunks.push(chunk as Buffer);
      return (JSON.parse(Buffer.concat(chunks).toString()) as Record<string, string>)['x-request-id']!;
    }),
  );
  session.close();
  expect(new Set(ids).size).toBe(ids.length);
  for (const id of ids) expect((await lines.with(`request_id=${id} `)).text).toContain(' protocol=https');
});

test('a connection opened for one app cannot ask for another: 421 and H31', async () => {
  await real.router.put(routeOf({ appId: 'b', hosts: ['b.test', '*.b.test'], dynos: [dyno.dyno] }));
  const statusOf = async (servername: string, authority: string): Promise<number> => {
    const session = connectHttp2(`https://127.0.0.1:${real.tlsPort}`, { rejectUnauthorized: false, servername });
    const stream = session.request({ ':path': '/misdirected', ':authority': authority });
    const [headers] = (await once(stream, 'response')) as [{ ':status': number }];
    session.destroy();
    return headers[':status'];
  };
  expect(await statusOf('a.test', 'b.test')).toBe(421);
  expect((await lines.with('path="/misdirected"')).text).toMatch(
    /^at=error code=H31 desc="Misdirected Request" .* host=b\.test .* dyno= connect= service= status=421 /,
  );
  expect(await statusOf('x.b.test', 'a.test')).toBe(421);
  expect(await statusOf('a.test', 'nobody.test')).toBe(421);
  expect(await statusOf('x.b.test', 'b.test')).toBe(200);
  expect(await statusOf('nobody.test', 'a.test')).toBe(200);
});
