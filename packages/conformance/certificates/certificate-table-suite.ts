import { X509Certificate } from 'node:crypto';
import type { CertificateTable, ServedCertificate } from '@jangada/core';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { makeCertificate, type TestCertificate } from './make-certificate.ts';

export interface CertificateTableUnderTest {
  readonly table: CertificateTable;
  /** The certificate (PEM) that a client gets who asks for a name; null: none that was put. */
  certificateFor(hostname: string): Promise<string | null>;
  /** What is answered to a certificate authority; null: nothing of ours. */
  challengeAnswer(token: string): Promise<string | null>;
  close(): Promise<void>;
}

/** What every CertificateTable does. Names are below `.test`. */
export function certificateTableConformance(name: string, make: () => Promise<CertificateTableUnderTest>): void {
  describe(`${name} is a CertificateTable`, () => {
    const first = makeCertificate({ names: ['first.test'] });
    const second = makeCertificate({ names: ['second.test'] });
    let made: CertificateTableUnderTest;
    beforeEach(async () => {
      made = await make();
    });
    afterEach(() => made.close());

    const put = (id: string, pair: TestCertificate, ...hostnames: string[]): Promise<void> => {
      const certificate: ServedCertificate = { id, hostnames, certificateChain: pair.cert, privateKey: pair.key };
      return made.table.putCertificate(certificate);
    };
    const seen = async (hostname: string): Promise<string | null> => {
      const pem = await made.certificateFor(hostname);
      return pem === null ? null : (new X509Certificate(pem).subjectAltName ?? '');
    };

    test('a certificate is served for its names, exact ones before wildcards', async () => {
      await put('one', first, '*.shop.test');
      await put('two', second, 'www.shop.test');
      expect(await seen('a.shop.test')).toBe('DNS:first.test');
      expect(await seen('www.shop.test')).toBe('DNS:second.test');
      expect(await seen('elsewhere.test')).toBeNull();
    });

    test('one with the same id takes its place, names and all', async () => {
      await put('one', first, 'a.test', 'b.test');
      await put('one', second, 'b.test', 'c.test');
      await put('one', second, 'b.test', 'c.test');
      expect([await seen('a.test'), await seen('b.test'), await seen('c.test')]).toEqual([
        null,
        'DNS:second.test',
        'DNS:second.test',
      ]);
    });

    test('what is removed, or not retained, is not served any more', async () => {
      await put('one', first, 'a.test');
      await put('two', second, 'b.test');
      await put('three', second, 'c.test');
      await made.table.removeCertificate('one');
      await made.table.removeCertificate('one');
      expect([await seen('a.test'), await seen('b.test')]).toEqual([null, 'DNS:second.test']);
      await made.table.retainCertificates(['three', 'unknown']);
      expect([await seen('b.test'), await seen('c.test')]).toEqual([null, 'DNS:second.test']);
    });

    test('a certificate without names is refused', async () => {
      await expect(put('one', first)).rejects.toMatchObject({ id: 'invalid_params' });
    });

    test('a challenge is answered, with the newest answer, until it is removed', async () => {
      expect(await made.challengeAnswer('token')).toBeNull();
      await made.table.putChallenge('token', 'token.one');
      await made.table.putChallenge('token', 'token.two');
      expect(await made.challengeAnswer('token')).toBe('token.two');
      await made.table.removeChallenge('token');
      await made.table.removeChallenge('token');
      expect(await made.challengeAnswer('token')).toBeNull();
    });
  });
}
