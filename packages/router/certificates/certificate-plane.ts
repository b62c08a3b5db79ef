import type { CertificateTable, ServedCertificate } from '@jangada/core';
import { PlatformError } from '@jangada/platform-api';
import { type AdminSocket, HaproxyRefused } from '../haproxy/admin-socket.ts';
import { FILES } from '../plan/files.ts';
import { AppQueues } from '../table/app-queues.ts';
import type { CertificateBook } from './certificate-book.ts';
import { certificateLine, readCertificateList, type ServedFile, servedFile } from './served-file.ts';

export interface CertificatePlaneOptions {
  readonly book: CertificateBook;
  /** False: there is no TLS listener; certificates are only kept. */
  readonly tls: boolean;
  /** Runs commands while HAProxy is not being restarted; waits for one that is gone. */
  readonly whileServing: (work: (admin: AdminSocket) => Promise<void>, signal?: AbortSignal) => Promise<void>;
}

/** Token and answer of an ACME challenge: base64url, and for the answer a dot (RFC 8555, 8.1). */
const CHALLENGE = /^[A-Za-z0-9._-]{1,300}$/;

/** Makes HAProxy serve the certificates of the book, with no reload. */
export class CertificatePlane implements CertificateTable {
  readonly #book: CertificateBook;
  readonly #options: CertificatePlaneOptions;
  readonly #challenges = new Map<string, string>();
  /** One change at a time: the index is one file. */
  readonly #queue = new AppQueues();

  constructor(options: CertificatePlaneOptions) {
    this.#book = options.book;
    this.#options = options;
  }

  /** Certificates and challenges that a starting HAProxy reads from its files. */
  get forStart(): { readonly served: readonly ServedFile[]; readonly challenges: ReadonlyMap<string, string> } {
    return { served: this.#book.entries(), challenges: this.#challenges };
  }

  putCertificate(certificate: ServedCertificate, signal?: AbortSignal): Promise<void> {
    return this.#queue.run('', async () => {
      const wanted = servedFile(certificate);
      const before = this.#book.get(wanted.id);
      if (before?.file === wanted.file) return;
      await this.#change(async (admin) => {
        if (admin) {
          await serve(admin, wanted, wanted.pem);
          if (before) await drop(admin, before.file);
        }
        await this.#book.put(wanted);
      }, signal);
    });
  }

  removeCertificate(id: string, signal?: AbortSignal): Promise<void> {
    return this.#queue.run('', async () => {
      const entry = this.#book.get(id);
      if (!entry) return;
      await this.#change(async (admin) => {
        if (admin) await drop(admin, entry.file);
        await this.#book.remove(entry);
      }, signal);
    });
  }

  async retainCertificates(ids: readonly string[], signal?: AbortSignal): Promise<void> {
    const keep = new Set(ids);
    for (const { id } of this.#book.entries()) {
      if (!keep.has(id)) await this.removeCertificate(id, signal);
    }
  }

  async putChallenge(token: string, answer: string, signal?: AbortSignal): Promise<void> {
    if (!CHALLENGE.test(token) || !CHALLENGE.test(answer)) {
      throw new PlatformError('invalid_params', 'The challenge of the certificate authority is malformed.');
    }
    const path = challengePath(token);
    await this.#options.whileServing(async (admin) => {
      if (this.#challenges.has(path)) await admin.change([`del map ${FILES.acme} ${path}`]).catch(unlessRefused);
      await admin.change([`add map ${FILES.acme} ${path} ${answer}`]);
      this.#challenges.set(path, answer);
    }, signal);
  }

  async removeChallenge(token: string, signal?: AbortSignal): Promise<void> {
    const path = challengePath(token);
    if (!this.#challenges.has(path)) return;
    await this.#options.whileServing(async (admin) => {
      this.#challenges.delete(path);
      await admin.change([`del map ${FILES.acme} ${path}`]).catch(unlessRefused);
    }, signal);
  }

  /** Brings a HAProxy of an earlier run in line with the book. */
  async adopt(admin: AdminSocket): Promise<void> {
    await admin.change([`clear map ${FILES.acme}`]);
    if (!this.#options.tls) return;
    const wanted = new Map(this.#book.entries().map((entry) => [entry.file, entry]));
    const have = new Set(readCertificateList(await admin.ask(`show ssl crt-list -n ${FILES.certificates}`)));
    for (const entry of wanted.values()) {
      if (!have.has(entry.file)) await serve(admin, entry, await this.#book.read(entry));
    }
    for (const file of have) if (!wanted.has(file)) await drop(admin, file);
  }

  async #change(work: (admin: AdminSocket | null) => Promise<void>, signal: AbortSignal | undefined): Promise<void> {
    if (!this.#options.tls) return work(null);
    await this.#options.whileServing(work, signal).catch((error: unknown) => {
      if (!(error instanceof HaproxyRefused)) throw error;
      throw new PlatformError('invalid_params', `The router cannot serve a certificate: ${error.message}`);
    });
  }
}

function challengePath(token: string): string {
  return `/.well-known/acme-challenge/${token}`;
}

/** New before old: at every moment one of them answers for the name. */
async function serve(admin: AdminSocket, entry: ServedFile, pem: string): Promise<void> {
  await drop(admin, entry.file);
  await admin.change([`new ssl cert ${entry.file}`]);
  await admin.load(`set ssl cert ${entry.file}`, pem);
  await admin.change([`commit ssl cert ${entry.file}`]);
  await admin.load(`add ssl crt-list ${FILES.certificates}`, certificateLine(entry));
}

/** Whatever there is of it: an earlier try may have ended half-way. */
async function drop(admin: AdminSocket, file: string): Promise<void> {
  const commands = [`abort ssl cert ${file}`, `del ssl crt-list ${FILES.certificates} ${file}`, `del ssl cert ${file}`];
  for (const command of commands) await admin.change([command]).catch(unlessRefused);
}

function unlessRefused(error: unknown): void {
  if (!(error instanceof HaproxyRefused)) throw error;
}
