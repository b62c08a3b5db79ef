import { open, readFile, rename } from 'node:fs/promises';
import { dirname } from 'node:path';
import { PlatformError } from '@jangada/platform-api';
import type { BookContent } from './route-book.ts';

/** Keeps the route table on disk. Saves that come while one is being written share the next one. */
export class Snapshot {
  readonly #path: string;
  readonly #content: () => BookContent;
  #writing: Promise<void> | null = null;
  #next: Promise<void> | null = null;

  constructor(path: string, content: () => BookContent) {
    this.#path = path;
    this.#content = content;
  }

  /** Resolves when what the table holds now (or later) would survive a loss of power. */
  save(): Promise<void> {
    if (this.#next) return this.#next;
    if (!this.#writing) return this.#begin();
    this.#next = this.#writing
      .catch(() => undefined)
      .then(() => {
        this.#next = null;
        return this.#begin();
      });
    return this.#next;
  }

  #begin(): Promise<void> {
    this.#writing = writeDurably(this.#path, JSON.stringify(this.#content()))
      .catch((error: unknown) => {
        throw translated(error);
      })
      .finally(() => {
        this.#writing = null;
      });
    return this.#writing;
  }
}

/** The table as it was last saved; undefined at the first start. An unreadable file is set aside and reported, not fatal. */
export async function loadSnapshot(
  path: string,
  report: (event: string, detail: Readonly<Record<string, unknown>>) => void,
): Promise<BookContent | undefined> {
  const text = await readFile(path, 'utf8').catch(() => null);
  if (text === null) return undefined;
  try {
    const content = JSON.parse(text) as BookContent;
    if (!Array.isArray(content.entries)) throw new Error('no entries');
    return content;
  } catch (error) {
    await rename(path, `${path}.broken`);
    report('snapshot_unreadable', { path: `${path}.broken`, error: String(error) });
    return undefined;
  }
}

function translated(error: unknown): unknown {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code !== 'ENOSPC' && code !== 'EDQUOT') return error;
  return new PlatformError('disk_full', 'The disk is full: the route table could not be saved. Free some space.', {
    cause: error,
  });
}

/** Resolves when the file has this text and would have it after a loss of power. Readable by this user only. */
export async function writeDurably(path: string, text: string): Promise<void> {
  const draft = `${path}.new`;
  await using file = await open(draft, 'w', 0o600);
  await file.writeFile(text);
  await file.sync();
  await rename(draft, path);
  await using folder = await open(dirname(path), 'r');
  await folder.sync();
}
