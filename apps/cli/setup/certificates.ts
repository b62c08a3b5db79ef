import { createPrivateKey, generateKeyPairSync, randomBytes, X509Certificate } from 'node:crypto';
import { copyFile, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { isIP } from 'node:net';
import { join } from 'node:path';
import { type Home, type Settings, tlsFilesOf } from '@jangada/core';
import { PlatformError } from '@jangada/platform-api';
import { runProgram } from '../process/run-program.ts';

const CA_DAYS = 3650;
/** The longest that clients of Apple's platforms accept. */
const SERVER_DAYS = 825;
const RENEW_BEFORE_MS = 30 * 24 * 3600 * 1000;

/** Names for which the platform's own certificate is good, as openssl writes them. */
export function certificateNames(settings: Pick<Settings, 'domain' | 'bind' | 'host'>): readonly string[] {
  const names = ['DNS:localhost', `DNS:${settings.domain}`, `DNS:*.${settings.domain}`, 'IP:127.0.0.1', 'IP:::1'];
  if (isIP(settings.bind) && !['0.0.0.0', '::'].includes(settings.bind)) names.push(`IP:${settings.bind}`);
  if (settings.host !== null) names.push(`${isIP(settings.host) ? 'IP' : 'DNS'}:${settings.host}`);
  return [...new Set(names)];
}

/** Whether a certificate still serves: of this CA, with these names, for another month. */
export function stillServes(
  server: X509Certificate,
  ca: X509Certificate,
  names: readonly string[],
  now: number,
): boolean {
  const covers = names.every((name) => {
    const text = name.slice(name.indexOf(':') + 1);
    if (name.startsWith('IP:')) return server.checkIP(text) !== undefined;
    return (server.subjectAltName ?? '').split(', ').includes(name);
  });
  return (
    covers &&
    Date.parse(server.validTo) - now > RENEW_BEFORE_MS &&
    server.checkIssued(ca) &&
    server.verify(ca.publicKey)
  );
}

/** Makes or renews the platform's CA, its server certificate and the bundle that clients trust. Tells what it did. */
export async function ensureCertificates(
  home: Home,
  settings: Settings,
  env: Readonly<Record<string, string | undefined>>,
  signal: AbortSignal,
): Promise<string> {
  const files = tlsFilesOf(home);
  const work = await mkdtemp(join(home.tls, 'new-'));
  const openssl = async (...args: string[]): Promise<void> => {
    const ended = await runProgram(['openssl', ...args], { cwd: work, env, signal });
    if (ended.code !== 0)
      throw new PlatformError('internal_server_error', `openssl could not make a certificate: ${ended.output}`);
  };
  try {
    let made = 'kept';
    let ca = await readCertificate(files.caCert);
    if (!ca || !(await holdsKey(ca, files.caKey)) || Date.parse(ca.validTo) - Date.now() < RENEW_BEFORE_MS) {
      await newKey(join(work, 'ca.key'));
      await writeFile(join(work, 'ca.cnf'), CA_CONFIG);
      const subject = `/CN=Jangada ${settings.installId} CA`;
      await openssl(
        'req',
        '-x509',
        '-new',
        '-key',
        'ca.key',
        '-sha256',
        '-days',
        String(CA_DAYS),
        '-subj',
        subject,
        '-config',
        'ca.cnf',
        '-out',
        'ca.pem',
      );
      await moveAll(work, [
        ['ca.key', files.caKey],
        ['ca.pem', files.caCert],
      ]);
      ca = new X509Certificate(await readFile(files.caCert));
      made = 'made a certificate authority and a certificate';
    }
    const names = certificateNames(settings);
    const server = await readCertificate(files.serverCert);
    if (!server || !(await holdsKey(server, files.serverKey)) || !stillServes(server, ca, names, Date.now())) {
      if (made === 'kept') made = 'renewed the certificate';
      await newKey(join(work, 'server.key'));
      await writeFile(join(work, 'server.cnf'), serverConfig(names));
      await copyFile(files.caKey, join(work, 'ca.key'));
      await openssl(
        'req',
        '-new',
        '-key',
        'server.key',
        '-sha256',
        '-subj',
        '/CN=Jangada',
        '-config',
        'server.cnf',
        '-out',
        'server.csr',
      );
      await openssl(
        'x509',
        '-req',
        '-in',
        'server.csr',
        '-CA',
        files.caCert,
        '-CAkey',
        'ca.key',
        '-set_serial',
        `0x${randomBytes(16).toString('hex')}`,
        '-sha256',
        '-days',
        String(SERVER_DAYS),
        '-extfile',
        'server.cnf',
        '-extensions',
        'v3',
        '-out',
        'server.pem',
      );
      await moveAll(work, [
        ['server.key', files.serverKey],
        ['server.pem', files.serverCert],
      ]);
    }
    const trusted = new Set([...(await machineCertificates(env, files.bundle)), ca.toString().trim()]);
    await writeFile(join(work, 'bundle.pem'), `${[...trusted].join('\n')}\n`, { mode: 0o644 });
    await moveAll(work, [['bundle.pem', files.bundle]]);
    return made;
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

const CA_CONFIG = `[req]
distinguished_name = dn
x509_extensions = v3
prompt = no
[dn]
[v3]
basicConstraints = critical,CA:TRUE,pathlen:0
keyUsage = critical,keyCertSign,cRLSign
subjectKeyIdentifier = hash
`;

function serverConfig(names: readonly string[]): string {
  return `[req]
distinguished_name = dn
prompt = no
[dn]
[v3]
basicConstraints = critical,CA:FALSE
keyUsage = critical,digitalSignature
extendedKeyUsage = serverAuth
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
subjectAltName = ${names.join(',')}
`;
}

async function newKey(path: string): Promise<void> {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  await writeFile(path, privateKey.export({ type: 'pkcs8', format: 'pem' }), { mode: 0o600 });
}

async function readCertificate(path: string): Promise<X509Certificate | null> {
  try {
    return new X509Certificate(await readFile(path));
  } catch {
    return null;
  }
}

async function holdsKey(certificate: X509Certificate, keyPath: string): Promise<boolean> {
  try {
    return certificate.checkPrivateKey(createPrivateKey(await readFile(keyPath)));
  } catch {
    return false;
  }
}

async function moveAll(work: string, moves: readonly (readonly [string, string])[]): Promise<void> {
  for (const [from, to] of moves) await rename(join(work, from), to);
}

/** What this machine trusts: Debian's certificates and those that the environment names. Our own bundle is no source of itself. */
async function machineCertificates(
  env: Readonly<Record<string, string | undefined>>,
  ownBundle: string,
): Promise<readonly string[]> {
  const paths = [env['SSL_CERT_FILE'], '/etc/ssl/certs/ca-certificates.crt', env['NODE_EXTRA_CA_CERTS']];
  const texts = await Promise.all(
    paths.filter((path) => path && path !== ownBundle).map((path) => readFile(path!, 'utf8').catch(() => '')),
  );
  return texts.flatMap((text) => text.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? []);
}
