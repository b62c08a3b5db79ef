import { createMemoryCertificateTable, makeCertificate } from '@jangada/conformance';
import { systemClock } from '@jangada/core';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createTestApi } from '../http/testing/test-api.ts';
import { publishCertificates } from './publish.ts';

const pair = makeCertificate({ names: ['*.example.com'] });
const upload = { certificate_chain: pair.cert, private_key: pair.key };
let stop = new AbortController();
beforeEach(() => {
  stop = new AbortController();
});
afterEach(() => stop.abort());

test('the router serves what domains use, and nothing else, whatever changes', async () => {
  const { call, context } = await createTestApi({ clock: systemClock });
  const table = createMemoryCertificateTable();
  await table.putCertificate({ id: 'left-over', hostnames: ['old.test'], certificateChain: '', privateKey: '' });
  await call('POST /apps', { name: 'demo' });
  const { body: first } = await call('POST /apps/demo/sni-endpoints', upload);
  await call('POST /apps/demo/domains', { hostname: 'a.example.com', sni_endpoint: null });
  let down = true;
  const router = {
    ...table,
    putCertificate: async (...args: Parameters<typeof table.putCertificate>) => {
      if (down) throw new Error('the router is away');
      await table.putCertificate(...args);
    },
  };
  const running = publishCertificates(context, router, stop.signal);
  const served = (): unknown => [...table.served.values()].map(({ id, hostnames }) => [id, ...hostnames]);
  await expect.poll(served).toEqual([]);
  down = false;
  await expect.poll(served).toEqual([[first.id, 'a.example.com']]);

  await call('POST /apps/demo/domains', { hostname: 'b.example.com', sni_endpoint: null });
  await expect.poll(served).toEqual([[first.id, 'a.example.com', 'b.example.com']]);
  const { body: second } = await call('POST /apps/demo/sni-endpoints', upload);
  await call('PATCH /apps/demo/domains/b.example.com', { sni_endpoint: second.name });
  await expect.poll(served).toEqual([
    [first.id, 'a.example.com'],
    [second.id, 'b.example.com'],
  ]);
  await call('DELETE /apps/demo/domains/a.example.com');
  await expect.poll(served).toEqual([[second.id, 'b.example.com']]);
  await call('DELETE /apps/demo');
  await expect.poll(served).toEqual([]);
  stop.abort();
  await running;
});

test('a certificate whose last domain went while nobody published is served no more', async () => {
  const { call, context } = await createTestApi({ clock: systemClock });
  const table = createMemoryCertificateTable();
  await call('POST /apps', { name: 'demo' });
  const { body: endpoint } = await call('POST /apps/demo/sni-endpoints', upload);
  const stale = { id: endpoint.id, hostnames: ['a.example.com'], certificateChain: pair.cert, privateKey: pair.key };
  await table.putCertificate(stale);
  const running = publishCertificates(context, table, stop.signal);
  await expect.poll(() => table.served.size).toBe(0);
  stop.abort();
  await running;
});

test('a certificate whose last domain goes while it is being published is served no more', async () => {
  const { call, context } = await createTestApi({ clock: systemClock });
  const table = createMemoryCertificateTable();
  await call('POST /apps', { name: 'demo' });
  const { body: endpoint } = await call('POST /apps/demo/sni-endpoints', upload);
  await call('POST /apps/demo/domains', { hostname: 'a.example.com', sni_endpoint: null });
  const stale = { id: endpoint.id, hostnames: ['a.example.com'], certificateChain: pair.cert, privateKey: pair.key };
  await table.putCertificate(stale);
  const router = {
    ...table,
    retainCertificates: async (...args: Parameters<typeof table.retainCertificates>) => {
      await call('DELETE /apps/demo/domains/a.example.com');
      await table.retainCertificates(...args);
    },
  };
  const running = publishCertificates(context, router, stop.signal);
  await expect.poll(() => table.served.size).toBe(0);
  stop.abort();
  await running;
});
