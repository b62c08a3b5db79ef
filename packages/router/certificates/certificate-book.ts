import { chmod, mkdir, readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { createSecureContext } from 'node:tls';
import { FILES } from '../plan/files.ts';
import { writeDurably } from '../table/snapshot.ts';
import type { ServedFile } from './served-file.ts';

type Report = (event: string, detail?: Readonly<Record<string, unknown>>) => void;

/** The certificates that are served, on disk: an index without secrets, and one PEM file for each, readable by us only. */
export class CertificateBook {
  readonly #folder: string;
  readonly #entries: Map<string, ServedFile>;

  private constructor(folder: string, entries: readonly ServedFile[]) {
    this.#folder = folder;
    this.#entries = new Map(entries.map((entry) => [entry.id, entry]));
  }

  /** A file that is damaged is left out and reported: HAProxy would not start with it. The control plane puts it again. */
  static async load(folder: string, report: Report): Promise<CertificateBook> {
    const certificates = join(folder, FILES.certificateFolder);
    await mkdir(certificates, { recursive: true, mode: 0o700 });
    await chmod(certificates, 0o700);
    const listed = await readIndex(join(folder, FILES.certificateIndex), report);
    const sound: ServedFile[] = [];
    for (const entry of listed) {
      if (await isSound(join(folder, entry.file))) sound.push(entry);
      else report('certificate_unreadable', { file: entry.file });
    }
    const kept = new Set(sound.map((entry) => entry.file));
    for (const name of await readdir(certificates)) {
      if (!kept.has(`${FILES.certificateFolder}/${name}`)) await rm(join(certificates, name));
    }
    return new CertificateBook(folder, sound);
  }

  entries(): readonly ServedFile[] {
    return [...this.#entries.values()];
  }

  get(id: string): ServedFile | undefined {
    return this.#entries.get(id);
  }

  read(entry: ServedFile): Promise<string> {
    return readFile(join(this.#folder, entry.file), 'utf8');
  }

  /** Resolves when the certificate is on disk and would survive a loss of power. */
  async put({ pem, ...entry }: ServedFile & { readonly pem: string }): Promise<void> {
    const before = this.#entries.get(entry.id);
    await writeDurably(join(this.#folder, entry.file), pem);
    this.#entries.set(entry.id, entry);
    await this.#saveIndex();
    if (before && before.file !== entry.file) await this.#forget(before);
  }

  async remove(entry: ServedFile): Promise<void> {
    this.#entries.delete(entry.id);
    await this.#saveIndex();
    await this.#forget(entry);
  }

  #saveIndex(): Promise<void> {
    return writeDurably(join(this.#folder, FILES.certificateIndex), JSON.stringify(this.entries()));
  }

  async #forget(entry: ServedFile): Promise<void> {
    await rm(join(this.#folder, entry.file), { force: true });
  }
}

async function readIndex(path: string, report: Report): Promise<readonly ServedFile[]> {
  const text = await readFile(path, 'utf8').catch(() => '[]');
  try {
    return JSON.parse(text) as readonly ServedFile[];
  } catch {
    report('certificate_index_unreadable', { path });
    return [];
  }
}

async function isSound(path: string): Promise<boolean> {
  const pem = await readFile(path, 'utf8').catch(() => '');
  try {
    createSecureContext({ cert: pem, key: pem });
    return pem !== '';
  } catch {
    return false;
  }
}
