import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto';
import { createSecureContext, rootCertificates } from 'node:tls';
import { PlatformError } from '@jangada/platform-api';

/** A certificate chain and its key, in the form in which they are kept and served. */
export interface CertificatePair {
  /** PEM, the certificate itself first, each one signed by the next. */
  readonly certificateChain: string;
  /** PEM, PKCS #8. */
  readonly privateKey: string;
}

/** What people are shown of a certificate. Names are written as Heroku writes them: `/C=BR/O=Example/CN=example.com`. */
export interface CertificateDetails {
  /** Names that it is for: DNS names of the subject alternative name, else the common name. Lower case. */
  readonly domains: readonly string[];
  readonly subject: string;
  readonly issuer: string;
  readonly startsAt: Date;
  readonly expiresAt: Date;
  readonly selfSigned: boolean;
  /** The chain ends at an authority that the world trusts. */
  readonly caSigned: boolean;
}

/** Bytes of chain and key together: the router hands them to HAProxy in one piece of its buffer. */
const LONGEST_PEM = 24 * 1024;

const PEM_CERTIFICATE = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;

/**
 * Reads what a person uploads: certificates in any order, and a key. Throws `invalid_params` with a sentence that says what
 * is wrong: not PEM, key of another certificate, a chain with a gap, expired or not yet valid, too weak.
 */
export function readCertificate(chain: string, key: string, now: Date): CertificatePair {
  const privateKey = readKey(key);
  const certificates = readCertificates(chain);
  const leaf = certificates.find((certificate) => certificate.checkPrivateKey(privateKey));
  if (!leaf) throw refused('The private key does not belong to the certificate. Upload the key that it was made with.');
  const { validFromDate: from, validToDate: to } = leaf;
  if (to <= now) throw refused(`The certificate expired on ${dayOf(to)}. Upload a renewed one.`);
  if (from > now) throw refused(`The certificate is not valid before ${dayOf(from)}.`);
  const ordered = inOrder(leaf, certificates);
  const pair = {
    certificateChain: ordered.map((certificate) => certificate.toString().trim()).join('\n'),
    privateKey: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString().trim(),
  };
  if (namesOf(leaf).length === 0) throw refused('The certificate names no domain.');
  if (pair.certificateChain.length + pair.privateKey.length > LONGEST_PEM) {
    throw refused(`Certificate chain and key are larger than ${LONGEST_PEM} bytes. Leave out what is not needed.`);
  }
  refuseWeak(pair);
  return pair;
}

/** Details of a kept chain. */
export function describeCertificate(certificateChain: string): CertificateDetails {
  const chain = (certificateChain.match(PEM_CERTIFICATE) ?? []).map((pem) => new X509Certificate(pem));
  const leaf = chain[0]!;
  return {
    domains: namesOf(leaf),
    subject: onOneLine(leaf.subject),
    issuer: onOneLine(leaf.issuer),
    startsAt: leaf.validFromDate,
    expiresAt: leaf.validToDate,
    selfSigned: leaf.checkIssued(leaf) && leaf.verify(leaf.publicKey),
    caSigned: endsAtRoot(chain.at(-1)!),
  };
}

/** Whether a certificate for `domains` (wildcards cover one label) serves `hostname`, which may be a wildcard itself. */
export function coversHostname(domains: readonly string[], hostname: string): boolean {
  return domains.includes(hostname) || domains.includes(hostname.replace(/^[^.]+/, '*'));
}

function readKey(text: string): KeyObject {
  if (/ENCRYPTED/.test(text)) {
    throw refused('The private key is protected by a pass phrase. Upload it without: openssl pkey -in KEY -out PLAIN.');
  }
  try {
    return createPrivateKey(text);
  } catch {
    throw refused(
      'The private key is not a key in PEM form. It begins with "-----BEGIN PRIVATE KEY-----" or the like.',
    );
  }
}

function readCertificates(text: string): X509Certificate[] {
  const found = text.match(PEM_CERTIFICATE) ?? [];
  if (found.length === 0 || found.length > 10) {
    throw refused('The certificate is not in PEM form. It begins with "-----BEGIN CERTIFICATE-----".');
  }
  return found.map((pem, index) => {
    try {
      return new X509Certificate(pem);
    } catch {
      throw refused(`Certificate ${index + 1} of the chain cannot be read. Upload it again in PEM form.`);
    }
  });
}

/** From the leaf on, each certificate's issuer. What signs nothing in the chain is a mistake that clients would stumble over. */
function inOrder(leaf: X509Certificate, certificates: readonly X509Certificate[]): X509Certificate[] {
  const rest = new Map(certificates.map((one) => [one.fingerprint256, one]));
  const chain = [leaf];
  rest.delete(leaf.fingerprint256);
  for (let last = leaf; rest.size > 0; ) {
    const issuer = [...rest.values()].find((one) => last.checkIssued(one) && last.verify(one.publicKey));
    if (!issuer) {
      const stray = onOneLine([...rest.values()][0]!.subject);
      throw refused(
        `The chain has a gap: ${onOneLine(last.subject)} was not signed by ${stray}. Upload only its issuers.`,
      );
    }
    chain.push(issuer);
    rest.delete(issuer.fingerprint256);
    last = issuer;
  }
  return chain;
}

/** OpenSSL's own opinion, at the level that the router's OpenSSL holds. */
function refuseWeak(pair: CertificatePair): void {
  try {
    createSecureContext({ cert: pair.certificateChain, key: pair.privateKey, ciphers: 'DEFAULT@SECLEVEL=2' });
  } catch (cause) {
    const weak = /key too small|md too weak/.test(String(cause));
    throw refused(
      weak
        ? 'The certificate is too weak: it needs a key of at least 2048 bits (RSA) or 224 (EC), signed with SHA-256 or better.'
        : 'The certificate and its key cannot be used together. Make a new pair.',
      cause,
    );
  }
}

function namesOf(certificate: X509Certificate): string[] {
  const alternatives = [...(certificate.subjectAltName ?? '').matchAll(/DNS:([^,\s"]+)/g)].map((match) => match[1]!);
  const common = /^CN=(.*)$/m.exec(certificate.subject ?? '')?.[1];
  const names = alternatives.length > 0 ? alternatives : common === undefined ? [] : [common];
  return [...new Set(names.map((name) => name.toLowerCase()))];
}

let roots: Map<string, X509Certificate> | null = null;

function endsAtRoot(last: X509Certificate): boolean {
  roots ??= new Map(rootCertificates.map((pem) => new X509Certificate(pem)).map((root) => [root.subject, root]));
  const root = roots.get(last.issuer);
  return root !== undefined && last.checkIssued(root) && last.verify(root.publicKey);
}

/** Certificates may leave their subject empty; Node then has none. */
function onOneLine(name: string | undefined): string {
  return name ? `/${name.split('\n').join('/')}` : '';
}

function dayOf(moment: Date): string {
  return moment.toISOString().slice(0, 10);
}

function refused(message: string, cause?: unknown): PlatformError {
  return new PlatformError('invalid_params', message, { cause });
}
