import { createHash } from 'node:crypto';
import { createSecureContext } from 'node:tls';
import type { ServedCertificate } from '@jangada/core';
import { PlatformError } from '@jangada/platform-api';
import { FILES } from '../plan/files.ts';

/** A certificate on disk. The file's name changes with its content and its names, so that old and new can stand side by side. */
export interface ServedFile {
  readonly id: string;
  readonly hostnames: readonly string[];
  /** From the router's folder: `certs/<id>-<hash>.pem`. */
  readonly file: string;
}

const ID = /^[A-Za-z0-9-]{1,64}$/;
const HOST = /^(\*\.)?[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?(\.[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?)*$/;

/** HAProxy reads a command with its payload, a certificate or its names, into one buffer of 32 KB. */
const LONGEST_TEXT = 30_000;

/**
 * Where a certificate is kept and what the file holds. Refuses what HAProxy would not start with. Throws `invalid_params`.
 */
export function servedFile(certificate: ServedCertificate): ServedFile & { readonly pem: string } {
  const { id, hostnames, certificateChain, privateKey } = certificate;
  if (!ID.test(id)) throw invalid(`its id ${JSON.stringify(id).slice(0, 100)} is unusable`);
  if (hostnames.length === 0) throw invalid('it has no names');
  for (const host of hostnames) {
    if (host.length > 253 || !HOST.test(host))
      throw invalid(`the name ${JSON.stringify(host).slice(0, 300)} is unusable`);
  }
  if (hostnames.join(' ').length > LONGEST_TEXT) throw invalid('it has too many names');
  try {
    createSecureContext({ cert: certificateChain, key: privateKey, ciphers: 'DEFAULT@SECLEVEL=2' });
  } catch (cause) {
    throw invalid('certificate and key cannot be used together', cause);
  }
  const lines = `${certificateChain}\n${privateKey}`.split(/\r?\n/).filter((line) => line.trim() !== '');
  const pem = `${lines.join('\n')}\n`;
  if (pem.length > LONGEST_TEXT) throw invalid(`it is larger than ${LONGEST_TEXT} bytes`);
  const hash = createHash('sha256')
    .update(JSON.stringify([hostnames, pem]))
    .digest('hex')
    .slice(0, 16);
  return { id, hostnames, file: `${FILES.certificateFolder}/${id}-${hash}.pem`, pem };
}

/** HAProxy's list of certificates. Without a filter the first one serves every name that no other line claims. */
export function certificateList(served: readonly ServedFile[]): string {
  return [FILES.platformCertificate, ...served.map(certificateLine)].map((line) => `${line}\n`).join('');
}

export function certificateLine({ file, hostnames }: ServedFile): string {
  return `${file} ${hostnames.join(' ')}`;
}

/** Files of ours in an answer to `show ssl crt-list -n`: lines of `<file>:<line> <names>`. */
export function readCertificateList(text: string): string[] {
  return [...text.matchAll(/^(certs\/[^:\s]+\.pem):\d+/gm)].map((match) => match[1]!);
}

function invalid(why: string, cause?: unknown): PlatformError {
  return new PlatformError('invalid_params', `The router cannot serve a certificate: ${why}.`, { cause });
}
