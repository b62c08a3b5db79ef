import { request } from 'node:https';
import { makeCertificate } from '@jangada/conformance';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { routeOf } from './testing/app-route.ts';
import { ask } from './testing/client.ts';
import { type DynoServer, startDyno } from './testing/dyno-server.ts';
import { type RealRouter, startRealRouter } from './testing/real-router.ts';

let real: RealRouter;
let dyno: DynoServer;

beforeAll(async () => {
  real = await startRealRouter({ certificate: makeCertificate({ names: ['platform.test'] }) });
  dyno = await startDyno('d', 'web.1');
  const hosts = ['secure.test', '*.secure.test'];
  await real.router.put(routeOf({ hosts, dynos: [dyno.dyno], httpsRedirect: true }));
  await real.router.put(routeOf({ appId: 'plain', hosts: ['plain.test'], dynos: [dyno.dyno] }));
});
afterAll(async () => {
  await real.close();
  await dyno.close();
});

test('an app that asked for it is reached over HTTPS only; methods with a body keep them', async () => {
  const read = await ask(real.port, 'secure.test', { path: '/a?b=c' });
  expect([read.status, read.headers.location]).toEqual([301, `https://secure.test:${real.tlsPort}/a?b=c`]);
  const written = await ask(real.port, 'www.secure.test', { path: '/', method: 'POST', body: 'x' });
  expect([written.status, written.headers.location]).toEqual([308, `https://www.secure.test:${real.tlsPort}/`]);
  expect((await ask(real.port, 'plain.test')).status).toBe(200);
});

test('over HTTPS the app answers', async () => {
  const status = await new Promise((resolve, reject) => {
    const options = { host: '127.0.0.1', port: real.tlsPort, servername: 'secure.test', rejectUnauthorized: false };
    const asking = request({ ...options, headers: { host: 'secure.test' }, agent: false }, (response) => {
      response.resume();
      response.on('end', () => resolve(response.statusCode));
    });
    asking.on('error', reject);
    asking.end();
  });
  expect(status).toBe(200);
});

test('certificate authorities get their answers over plain HTTP all the same', async () => {
  const path = '/.well-known/acme-challenge/abc';
  await real.router.putChallenge('abc', 'abc.thumb');
  expect(await ask(real.port, 'secure.test', { path })).toMatchObject({ status: 200, body: 'abc.thumb' });
});

test('the redirect ends when the app no longer asks for it', async () => {
  await real.router.put(routeOf({ hosts: ['secure.test'], dynos: [dyno.dyno] }));
  expect((await ask(real.port, 'secure.test')).status).toBe(200);
});
