import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** PEM texts. */
export interface TestCertificate {
  readonly cert: string;
  readonly key: string;
}

export interface TestCertificateOptions {
  /** DNS names; the first is the common name too. */
  readonly names: readonly string[];
  /** Who signs; absent: itself. */
  readonly issuer?: TestCertificate;
  /** Leaves the subject empty, as public authorities do. */
  readonly anonymous?: boolean;
  /** May sign others. */
  readonly authority?: boolean;
  /** `ec` (P-256) by default; a number is the bits of an RSA key. */
  readonly key?: 'ec' | number;
  /** Signs the request of somebody else (PEM) instead of one for a new key; `key` of the result is then empty. */
  readonly request?: string;
  readonly days?: number;
}

/** A certificate for tests, made with openssl. */
export function makeCertificate(options: TestCertificateOptions): TestCertificate {
  const folder = mkdtempSync(join(tmpdir(), 'jangada-certificate-'));
  const openssl = (...args: string[]): void => void execFileSync('openssl', args, { cwd: folder, stdio: 'pipe' });
  const file = (name: string): string => readFileSync(join(folder, name), 'utf8');
  const { names, issuer, authority = false, key = 'ec', days = 90 } = options;
  const alternatives = names.map((name) => `DNS:${name}`).join(',');
  const algorithm = key === 'ec' ? ['ec', '-pkeyopt', 'ec_paramgen_curve:P-256'] : [`rsa:${key}`];
  try {
    writeFileSync(
      join(folder, 'extensions'),
      `subjectAltName=${alternatives}\nbasicConstraints=CA:${authority ? 'TRUE' : 'FALSE'}\n`,
    );
    if (options.request === undefined) {
      const subject = ['-subj', options.anonymous ? '/' : `/O=Test/CN=${names[0]}`];
      openssl('req', '-new', '-newkey', ...algorithm, '-nodes', ...subject, '-keyout', 'key', '-out', 'request');
    } else {
      writeFileSync(join(folder, 'request'), options.request);
    }
    if (issuer) {
      writeFileSync(join(folder, 'ca'), issuer.cert);
      writeFileSync(join(folder, 'ca.key'), issuer.key, { mode: 0o600 });
    }
    const signer = issuer ? ['-CA', 'ca', '-CAkey', 'ca.key', '-CAcreateserial'] : ['-signkey', 'key'];
    const life = ['-days', String(days), '-extfile', 'extensions'];
    openssl('x509', '-req', '-in', 'request', ...signer, ...life, '-out', 'cert');
    return { cert: file('cert'), key: options.request === undefined ? file('key') : '' };
  } finally {
    rmSync(folder, { recursive: true });
  }
}
