import { makeCertificate } from '@jangada/conformance';
import { expect, test } from 'vitest';
import { coversHostname, describeCertificate, readCertificate } from './certificate.ts';

const root = makeCertificate({ names: ['root.test'], authority: true });
const middle = makeCertificate({ names: ['middle.test'], authority: true, issuer: root });
const leaf = makeCertificate({ names: ['www.Example.com', '*.example.com'], issuer: middle });
const other = makeCertificate({ names: ['other.test'] });
const now = new Date(Date.now() + 1_000);
const inDays = (days: number): Date => new Date(now.getTime() + days * 86_400_000);

test('a chain in any order is put in order, and its details are shown as Heroku writes them', () => {
  const pair = readCertificate(`${root.cert}\n${leaf.cert}junk\n${middle.cert}`, leaf.key, now);
  expect(pair.certificateChain.split('\n').filter((line) => line.startsWith('-----BEGIN'))).toHaveLength(3);
  expect(pair.certificateChain).not.toContain('junk');
  expect(describeCertificate(pair.certificateChain)).toMatchObject({
    domains: ['www.example.com', '*.example.com'],
    subject: '/O=Test/CN=www.Example.com',
    issuer: '/O=Test/CN=middle.test',
    selfSigned: false,
    caSigned: false,
  });
  expect(pair.privateKey).toMatch(/^-----BEGIN PRIVATE KEY-----/);
});

test('a self-signed certificate says so', () => {
  expect(describeCertificate(other.cert)).toMatchObject({ selfSigned: true, issuer: '/O=Test/CN=other.test' });
});

test('a certificate without a subject is known by its names', () => {
  const anonymous = makeCertificate({ names: ['a.test'], anonymous: true, issuer: root });
  expect(describeCertificate(anonymous.cert)).toMatchObject({ subject: '', domains: ['a.test'] });
});

test.each([
  ['text that is no certificate', 'hello', leaf.key, /certificate is not in PEM form/],
  ['a certificate that is damaged', leaf.cert.replace(/\nMII/, '\nAAA'), leaf.key, /Certificate 1 .* cannot be read/],
  ['text that is no key', leaf.cert, 'hello', /private key is not a key in PEM form/],
  ['the key of another certificate', leaf.cert, other.key, /does not belong to the certificate/],
  ['a chain with a stranger in it', `${leaf.cert}${other.cert}`, leaf.key, /chain has a gap.*other\.test/],
  ['a key with a pass phrase', leaf.cert, '-----BEGIN ENCRYPTED PRIVATE KEY-----', /protected by a pass phrase/],
])('%s is refused', (_, chain, key, message) => {
  expect(() => readCertificate(chain, key, now)).toThrow(message);
});

test('an expired certificate, one of the future and a weak one are refused', () => {
  expect(() => readCertificate(leaf.cert, leaf.key, inDays(91))).toThrow(/expired on 20\d\d-\d\d-\d\d/);
  expect(() => readCertificate(leaf.cert, leaf.key, inDays(-2))).toThrow(/not valid before/);
  const weak = makeCertificate({ names: ['weak.test'], key: 1024 });
  expect(() => readCertificate(weak.cert, weak.key, inDays(1))).toThrow(/too weak/);
});

test('a wildcard covers one label, and only itself among wildcards', () => {
  expect(coversHostname(['*.example.com'], 'a.example.com')).toBe(true);
  expect(coversHostname(['*.example.com'], '*.example.com')).toBe(true);
  expect(coversHostname(['*.example.com'], 'a.b.example.com')).toBe(false);
  expect(coversHostname(['*.example.com'], 'example.com')).toBe(false);
  expect(coversHostname(['www.example.com'], '*.example.com')).toBe(false);
});
