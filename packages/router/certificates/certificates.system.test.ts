import { readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { request } from 'node:https';
import { join } from 'node:path';
import type { TLSSocket } from 'node:tls';
import { makeCertificate, type TestCertificate } from '@jangada/conformance';
import type { AppRoute, ServedCertificate } from '@jangada/core';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { Router } from '../index.ts';
import { routeOf } from '../testing/app-route.ts';
import { ask } from '../testing/client.ts';
import { type DynoServer, startDyno } from '../testing/dyno-server.ts';
import { type RealRouter, startRealRouter } from '../testing/real-router.ts';

const platform = makeCertificate({ names: ['platform.test'] });
const shop = makeCertificate({ names: ['shop.test', '*.shop.test'] });
const renewed = makeCertificate({ names: ['shop.test'] });

let real: RealRouter;
let dyno: DynoServer;
const open: { close(): Promise<void> }[] = [];

beforeEach(async () => {
  real = await startRealRouter({ certificate: platform });
  dyno = await startDyno('d', 'web.1');
  open.push(real, dyno);
  await real.router.put(appRoute());
});
afterEach(async () => {
  for (const one of open.splice(0).reverse()) await one.close();
});

/** The next router process of the same folder. */
async function nextRouter(): Promise<Router> {
  const next = await Router.load(real.options);
  await next.listen();
  await next.start();
  open.push({
    close: async () => {
      await next.stop(200);
      await next.close();
    },
  });
  return next;
}

const appRoute = (): AppRoute => routeOf({ hosts: ['shop.test', '*.shop.test', 'plain.test'], dynos: [dyno.dyno] });

const served = (pair: TestCertificate, part: Partial<ServedCertificate> = {}): ServedCertificate => ({
  id: 'one',
  hostnames: ['shop.test'],
  certificateChain: pair.cert,
  privateKey: pair.key,
  ...part,
});

/** Status of a request, and the common name of the certificate that came with it. */
function over(port: number, servername: string, host = servername): Promise<{ status: number; name: string }> {
  return new Promise((resolve, reject) => {
    const options = { host: '127.0.0.1', port, servername, headers: { host }, agent: false, rejectUnauthorized: false };
    const asking = request(options, (response) => {
      const { subject } = (response.socket as TLSSocket).getPeerCertificate();
      response.resume();
      response.on('end', () => resolve({ status: response.statusCode ?? 0, name: String(subject?.CN) }));
    });
    asking.on('error', reject);
    asking.end();
  });
}

test('the name that a client asks for chooses the certificate, with no reload', async () => {
  const before = await real.router.haproxyPid();
  expect(await over(real.tlsPort, 'shop.test')).toEqual({ status: 200, name: 'platform.test' });
  await real.router.putCertificate(served(shop, { hostnames: ['shop.test', '*.shop.test'] }));
  expect(await over(real.tlsPort, 'shop.test')).toEqual({ status: 200, name: 'shop.test' });
  expect(await over(real.tlsPort, 'www.shop.test')).toEqual({ status: 200, name: 'shop.test' });
  expect(await over(real.tlsPort, 'plain.test')).toEqual({ status: 200, name: 'platform.test' });
  expect(await real.router.haproxyPid()).toBe(before);
});

test('a renewed certificate takes over while clients keep coming, and a removed one is gone with its key', async () => {
  await real.router.putCertificate(served(shop));
  let asking = true;
  const names = new Set<string>();
  const clients = (async () => {
    while (asking) names.add((await over(real.tlsPort, 'shop.test')).name);
  })();
  for (const pair of [renewed, shop, renewed]) await real.router.putCertificate(served(pair));
  asking = false;
  await clients;
  expect([...names]).toEqual(['shop.test']);
  const [file, ...others] = await readdir(join(real.folder, 'certs'));
  expect(others).toEqual([]);
  expect(await readFile(join(real.folder, 'certs', file!), 'utf8')).toContain(renewed.key.trim());
  expect((await stat(join(real.folder, 'certs', file!))).mode & 0o777).toBe(0o600);
  await real.router.removeCertificate('one');
  await real.router.removeCertificate('one');
  expect(await over(real.tlsPort, 'shop.test')).toEqual({ status: 200, name: 'platform.test' });
  expect(await readdir(join(real.folder, 'certs'))).toEqual([]);
});

test('certificates outlive HAProxy, and the router process that finds HAProxy running', async () => {
  await real.router.putCertificate(served(shop));
  process.kill((await real.router.haproxyPid())!, 'SIGKILL');
  const name = async (): Promise<string> => (await over(real.tlsPort, 'shop.test').catch(() => null))?.name ?? '';
  await expect.poll(name, { interval: 10 }).toBe('shop.test');
  real.router.release();
  await real.router.close();
  const next = await nextRouter();
  expect(await name()).toBe('shop.test');
  await next.retainCertificates([]);
  expect(await name()).toBe('platform.test');
});

test('a file that was damaged is left out, so that HAProxy starts', async () => {
  await real.router.putCertificate(served(shop));
  await real.router.stop(100);
  await real.router.close();
  const [file] = await readdir(join(real.folder, 'certs'));
  await writeFile(join(real.folder, 'certs', file!), shop.cert);
  const next = await nextRouter();
  await next.put(appRoute());
  expect(real.reports.map((report) => report.event)).toContain('certificate_unreadable');
  expect(await over(real.tlsPort, 'shop.test')).toEqual({ status: 200, name: 'platform.test' });
  await next.putCertificate(served(shop));
  expect((await over(real.tlsPort, 'shop.test')).name).toBe('shop.test');
});

test('a long chain and hundreds of names are served', async () => {
  const root = makeCertificate({ names: ['root.test'], authority: true, key: 4096 });
  const big = makeCertificate({ names: ['*.shop.test'], issuer: root, key: 4096 });
  const hostnames = Array.from({ length: 500 }, (_, index) => `customer-${index}.with-a-long-name.shop.test`);
  const chain = `${big.cert}${root.cert.repeat(10)}`;
  await real.router.putCertificate(
    served(big, { certificateChain: chain, hostnames: ['www.shop.test', ...hostnames] }),
  );
  expect((await over(real.tlsPort, 'www.shop.test')).name).toBe('*.shop.test');
  await real.router.putCertificate(served(shop));
  expect((await over(real.tlsPort, 'www.shop.test')).name).toBe('platform.test');
});

test('what cannot be served is refused and changes nothing', async () => {
  await real.router.putCertificate(served(shop));
  const refused = [
    served(renewed, { privateKey: shop.key }),
    served(renewed, { hostnames: [] }),
    served(renewed, { hostnames: ['a.test platform.pem'] }),
    served(renewed, { id: '../one' }),
  ];
  for (const certificate of refused) {
    await expect(real.router.putCertificate(certificate)).rejects.toMatchObject({ id: 'invalid_params' });
  }
  await expect(real.router.putChallenge('a b', 'c')).rejects.toMatchObject({ id: 'invalid_params' });
  expect((await over(real.tlsPort, 'shop.test')).name).toBe('shop.test');
});

test('a request for another app over a connection for this one is misdirected', async () => {
  await real.router.put(routeOf({ appId: 'other', appName: 'other', hosts: ['other.test'], state: 'blank' }));
  await real.router.putCertificate(served(shop));
  expect((await over(real.tlsPort, 'shop.test', 'other.test')).status).toBe(421);
  expect((await over(real.tlsPort, 'shop.test', 'plain.test')).status).toBe(200);
});

test('a challenge is answered on every host while it stands, other paths below reach the app', async () => {
  const path = '/.well-known/acme-challenge/token-1';
  await real.router.putChallenge('token-1', 'token-1.thumb');
  await real.router.putChallenge('token-1', 'token-1.again');
  expect(await ask(real.port, 'shop.test', { path })).toMatchObject({ status: 200, body: 'token-1.again' });
  expect((await ask(real.port, 'shop.test', { path: `${path}2` })).headers['x-dyno']).toBe('d');
  await real.router.removeChallenge('token-1');
  expect((await ask(real.port, 'shop.test', { path })).headers['x-dyno']).toBe('d');
});
