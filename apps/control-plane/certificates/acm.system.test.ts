import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect } from 'node:tls';
import { type AcmeServer, startAcmeServer } from '@jangada/acme/testing/acme-server.ts';
import { makeCertificate } from '@jangada/conformance';
import { freePort } from '@jangada/conformance/free-port';
import { DEFAULT_SETTINGS, systemClock } from '@jangada/core';
import { Router } from '@jangada/router';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createTestApi, type TestApi } from '../http/testing/test-api.ts';
import { keepCertificates } from './acm.ts';
import { openIssuer } from './open-issuer.ts';
import { publishCertificates } from './publish.ts';

/** API and worker on a store in memory, a real router, and an authority that looks through it. */
let api: TestApi;
let authority: AcmeServer;
let router: Router;
let folder: string;
let tlsPort = 0;
const stop = new AbortController();
let running: Promise<unknown>;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'jangada-acm-'));
  const httpPort = await freePort();
  tlsPort = await freePort();
  router = await Router.load({
    folder,
    bind: '127.0.0.1',
    httpPort,
    httpsPort: tlsPort,
    certificate: makeCertificate({ names: ['platform.test'] }),
    openFiles: 4_096,
    threads: 1,
    poolSize: 5,
    report: () => undefined,
  });
  await router.listen();
  await router.start();
  authority = await startAcmeServer(httpPort);
  const settings = { ...DEFAULT_SETTINGS, installId: 'test', acmeDirectory: authority.directoryUrl };
  api = await createTestApi({ clock: systemClock, settings });
  const options = { directoryUrl: authority.directoryUrl, email: null, caBundle: null };
  const open = () => openIssuer(api.context, options, router);
  running = Promise.all([
    keepCertificates(api.context, open, stop.signal),
    publishCertificates(api.context, router, stop.signal),
  ]);
});

afterAll(async () => {
  stop.abort();
  await running;
  await authority.close();
  await router.stop(200);
  await router.close();
  await rm(folder, { recursive: true, force: true });
});

/** Common name of the issuer of what is served for a name. */
function issuerOf(servername: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: '127.0.0.1', port: tlsPort, servername, rejectUnauthorized: false }, () => {
      resolve(String(socket.getPeerCertificate().issuer.CN));
      socket.destroy();
    });
    socket.on('error', reject);
  });
}

const domain = async (hostname: string) => (await api.call(`GET /apps/demo/domains/${hostname}`)).body;

test('a custom domain gets a certificate that the router serves, and loses it when the app wants none', async () => {
  await api.call('POST /apps', { name: 'demo' });
  await api.call('POST /apps/demo/domains', { hostname: 'shop.example.com', sni_endpoint: null });
  expect((await api.call('POST /apps/demo/acm')).body.acm).toBe(true);
  await expect.poll(() => issuerOf('shop.example.com')).toBe('acme-root.test');
  expect(await domain('shop.example.com')).toMatchObject({ acm_status: 'cert issued', acm_status_reason: null });
  const listed = await api.call('GET /apps/demo/sni-endpoints');
  expect(listed, JSON.stringify(listed.body)).toMatchObject({ status: 200 });
  const [endpoint] = listed.body;
  expect(endpoint.ssl_cert).toMatchObject({ acm: true, cert_domains: ['shop.example.com'] });
  expect(await api.logOf('demo')).toContain('Certificate for shop.example.com issued');

  await api.call('POST /apps/demo/domains', { hostname: 'second.example.com', sni_endpoint: null });
  await expect.poll(() => issuerOf('second.example.com')).toBe('acme-root.test');
  await api.call('DELETE /apps/demo/domains/second.example.com');
  await expect.poll(() => issuerOf('second.example.com')).toBe('platform.test');
  expect((await api.call('GET /apps/demo/sni-endpoints')).body).toHaveLength(1);

  await api.call('DELETE /apps/demo/acm');
  await expect.poll(() => issuerOf('shop.example.com')).toBe('platform.test');
  expect((await domain('shop.example.com')).acm_status).toBeNull();
  expect((await api.call('GET /apps/demo/sni-endpoints')).body).toEqual([]);
});

test('a limit of the authority is kept until a person asks again; names that nobody can reach say why', async () => {
  authority.limitNext('3600');
  await api.call('POST /apps/demo/acm');
  await expect.poll(async () => (await domain('shop.example.com')).acm_status).toBe('failing');
  expect((await domain('shop.example.com')).acm_status_reason).toContain('too many certificates');
  const row = await api.context.store.rows.domains.find({ hostname: 'shop.example.com' });
  expect(row!.acmRetryAt!.getTime()).toBeGreaterThan(Date.now() + 3_500_000);
  await api.call('POST /apps/demo/domains', { hostname: 'shop.internal', sni_endpoint: null });
  await expect.poll(async () => (await domain('shop.internal')).acm_status).toBe('failed');
  expect((await domain('shop.internal')).acm_status_reason).toContain('not public');
  await api.call('PATCH /apps/demo/acm', { acm_refresh: true });
  await expect.poll(async () => (await domain('shop.example.com')).acm_status).toBe('cert issued');
});

test('a certificate at its end is renewed in its place', async () => {
  const { rows } = api.context.store;
  const before = (await rows.sniEndpoints.find({ acm: true }))!;
  const old = makeCertificate({ names: ['shop.example.com'], days: 0 });
  await rows.sniEndpoints.update(before.id, { certificateChain: old.cert.trim(), privateKey: old.key.trim() });
  await api.call('PATCH /apps/demo/acm', { acm_refresh: true });
  await expect.poll(async () => (await rows.sniEndpoints.get(before.id))!.certificateChain).not.toBe(old.cert.trim());
  expect(await rows.sniEndpoints.count({ appId: before.appId })).toBe(1);
});

test('without an authority the platform says so', async () => {
  const off = await createTestApi();
  await off.call('POST /apps', { name: 'demo' });
  const refused = await off.call('POST /apps/demo/acm');
  expect([refused.status, refused.body.message]).toEqual([422, expect.stringContaining('JANGADA_ACME_DIRECTORY')]);
});
