import { makeCertificate } from '@jangada/conformance';
import { type CertificateIssuer, DEFAULT_SETTINGS, systemClock } from '@jangada/core';
import { expect, test } from 'vitest';
import { createTestApi } from '../http/testing/test-api.ts';
import { keepCertificates } from './acm.ts';

test('an authority whose certificates live for a day is asked once for each domain', async () => {
  const settings = { ...DEFAULT_SETTINGS, installId: 'test', acmeDirectory: 'https://ca.example/directory' };
  const { call, context } = await createTestApi({ clock: systemClock, settings });
  const asked: string[] = [];
  const issuer: CertificateIssuer = {
    async issue(hostname) {
      asked.push(hostname);
      // A worker that asks without end would leave the test no turn.
      if (asked.length > 10) throw new Error('asked too often');
      const { cert, key } = makeCertificate({ names: [hostname], days: 1 });
      return { certificateChain: cert.trim(), privateKey: key.trim() };
    },
  };
  const stop = new AbortController();
  const running = keepCertificates(context, async () => issuer, stop.signal);
  const statusOf = async (hostname: string) => (await call(`GET /apps/demo/domains/${hostname}`)).body.acm_status;

  await call('POST /apps', { name: 'demo' });
  await call('POST /apps/demo/acm');
  for (const hostname of ['a.example.com', 'b.example.com', 'c.example.com']) {
    await call('POST /apps/demo/domains', { hostname, sni_endpoint: null });
    await expect.poll(() => statusOf(hostname)).toBe('cert issued');
  }
  stop.abort();
  await running;
  expect(asked).toEqual(['a.example.com', 'b.example.com', 'c.example.com']);
});
