import { generateKeyPairSync, X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { createMemoryCertificateTable, type MemoryCertificateTable } from '@jangada/conformance';
import { type CertificateIssuer, readCertificate } from '@jangada/core';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createAcmeIssuer } from './index.ts';
import { type AcmeServer, startAcmeServer } from './testing/acme-server.ts';

let web: Server;
let authority: AcmeServer;
let table: MemoryCertificateTable;
let issuer: CertificateIssuer;
const never = new AbortController().signal;

beforeEach(async () => {
  table = createMemoryCertificateTable();
  web = createServer((request, response) => {
    const token = (request.url ?? '').replace('/.well-known/acme-challenge/', '');
    response.end(request.headers.host === 'lost.example.com' ? 'nothing' : table.challenges.get(token));
  }).listen(0, '127.0.0.1');
  await once(web, 'listening');
  const address = web.address();
  authority = await startAcmeServer(typeof address === 'object' && address ? address.port : 0);
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  issuer = createAcmeIssuer({
    directoryUrl: authority.directoryUrl,
    email: 'ops@example.com',
    accountKey: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    challenges: table,
    trust: null,
  });
});
afterEach(async () => {
  await authority.close();
  web.close();
});

test('a name that leads to us gets a certificate with its chain and a key of its own', async () => {
  const pair = await issuer.issue('shop.example.com', never);
  const kept = readCertificate(pair.certificateChain, pair.privateKey, new Date(Date.now() + 1_000));
  const leaf = new X509Certificate(kept.certificateChain);
  expect(leaf.checkHost('shop.example.com')).toBe('shop.example.com');
  expect(leaf.verify(new X509Certificate(authority.root).publicKey)).toBe(true);
  expect((await issuer.issue('shop.example.com', never)).privateKey).not.toBe(pair.privateKey);
  expect(authority.asked.filter((what) => what === 'newAccount')).toHaveLength(1);
  expect(table.challenges.size).toBe(0);
});

test('a name that leads elsewhere gets none, and the reason says what was found', async () => {
  await expect(issuer.issue('lost.example.com', never)).rejects.toMatchObject({
    id: 'conflict',
    message: expect.stringContaining('lost.example.com'),
  });
  expect(table.challenges.size).toBe(0);
});

test('an authority that wants to be asked later says when, and is not asked again at once', async () => {
  authority.limitNext('120');
  await expect(issuer.issue('shop.example.com', never)).rejects.toMatchObject({
    id: 'rate_limit',
    params: { retryAfter: '120' },
    message: expect.stringContaining('too many certificates'),
  });
  expect(authority.asked.filter((what) => what.startsWith('newOrder'))).toHaveLength(1);
});

test('whoever waits can give up', async () => {
  await expect(issuer.issue('shop.example.com', AbortSignal.abort(new Error('stop')))).rejects.toThrow('stop');
});
