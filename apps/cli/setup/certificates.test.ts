import { X509Certificate } from 'node:crypto';
import { mkdir, mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DEFAULT_SETTINGS, homeLayout, type Settings, tlsFilesOf } from '@jangada/core';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { certificateNames, ensureCertificates, stillServes } from './certificates.ts';

const SETTINGS: Settings = { ...DEFAULT_SETTINGS, installId: 'aaaaaaaaaaaa' };
const NEVER = new AbortController().signal;
const DAY = 24 * 3600 * 1000;
let root: string;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'certificates-'));
  await mkdir(homeLayout(root).tls, { recursive: true });
});

afterEach(() => rm(root, { recursive: true, force: true }));

const ensure = (settings = SETTINGS) => ensureCertificates(homeLayout(root), settings, process.env, NEVER);
const certificate = async (path: string) => new X509Certificate(await readFile(path));

test('the certificate is good for the platform and every app, and a second start keeps it', async () => {
  const files = tlsFilesOf(homeLayout(root));
  expect(await ensure()).toMatch(/^made/);
  const server = await certificate(files.serverCert);
  const ca = await certificate(files.caCert);
  expect(server.checkIP('127.0.0.1')).toBe('127.0.0.1');
  expect(server.checkIP('::1')).toBeDefined();
  expect(server.checkHost('localhost')).toBe('localhost');
  expect(server.subjectAltName).toContain('DNS:*.localhost');
  expect(server.verify(ca.publicKey)).toBe(true);
  expect(await readFile(files.bundle, 'utf8')).toContain(await readFile(files.caCert, 'utf8'));
  expect(await ensure()).toBe('kept');
  expect((await certificate(files.serverCert)).serialNumber).toBe(server.serialNumber);
  expect((await stat(files.caKey)).mode & 0o777).toBe(0o600);
  expect((await readdir(homeLayout(root).tls)).toSorted()).toEqual([
    'bundle.pem',
    'ca.key',
    'ca.pem',
    'server.key',
    'server.pem',
  ]);
});

test('another domain brings a new certificate of the same authority', async () => {
  const files = tlsFilesOf(homeLayout(root));
  await ensure();
  const ca = await readFile(files.caCert, 'utf8');
  expect(await ensure({ ...SETTINGS, domain: 'apps.example.com' })).toBe('renewed the certificate');
  expect(await readFile(files.caCert, 'utf8')).toBe(ca);
  expect((await certificate(files.serverCert)).checkHost('shop.apps.example.com')).toBe('*.apps.example.com');
});

test('a host that is named later, name or address, brings a new certificate that is good for it', async () => {
  const files = tlsFilesOf(homeLayout(root));
  await ensure();
  for (const host of ['paas.example.com', '192.0.2.7', '2001:db8::1']) {
    expect(await ensure({ ...SETTINGS, host })).toBe('renewed the certificate');
    const server = await certificate(files.serverCert);
    expect(server.checkHost(host) ?? server.checkIP(host)).toBeDefined();
    expect(await ensure({ ...SETTINGS, host })).toBe('kept');
  }
});

test('a certificate is renewed a month before its end', async () => {
  const files = tlsFilesOf(homeLayout(root));
  await ensure();
  const [server, ca] = [await certificate(files.serverCert), await certificate(files.caCert)];
  const names = certificateNames(SETTINGS);
  expect(stillServes(server, ca, names, Date.now() + 790 * DAY)).toBe(true);
  expect(stillServes(server, ca, names, Date.now() + 800 * DAY)).toBe(false);
});
