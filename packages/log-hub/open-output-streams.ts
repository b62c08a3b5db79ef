import { mkdir, readdir, rename } from 'node:fs/promises';
import { join } from 'node:path';
import type { OutputStreams } from '@jangada/core';
import { PlatformError } from '@jangada/platform-api';
import { checkName, isName } from './disk-error.ts';
import { OPEN_SUFFIX, type OutputLimits, OutputStream } from './output-stream.ts';

/** Output streams that have to be closed. */
export interface OutputFolder extends OutputStreams {
  /** Writes what was handed in and ends the readers. Streams that are not finished are finished at the next opening. */
  close(): Promise<void>;
}

/** Heroku's numbers: 300 MB, cut from the start by 150 MB (behaviour 4.2). */
const LIMITS: OutputLimits = { capBytes: 300_000_000, chunkBytes: 150_000_000 };

/**
 * Keeps output streams below `folder`, which is made when it is not there; only one process may use it. Streams that a crash
 * left open are finished.
 */
export async function openOutputStreams(folder: string, limits: Partial<OutputLimits> = {}): Promise<OutputFolder> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  for (const name of await readdir(folder)) {
    const id = name.slice(0, -OPEN_SUFFIX.length);
    if (name.endsWith(OPEN_SUFFIX) && isName(id)) await rename(join(folder, name), join(folder, id));
  }
  return new FolderOutputStreams(folder, { ...LIMITS, ...limits });
}

class FolderOutputStreams implements OutputFolder {
  readonly #folder: string;
  readonly #limits: OutputLimits;
  /** Streams that are written to, by id. */
  readonly #open = new Map<string, OutputStream>();

  constructor(folder: string, limits: OutputLimits) {
    this.#folder = folder;
    this.#limits = limits;
  }

  async append(id: string, chunk: Uint8Array): Promise<void> {
    const stream = this.#stream(id);
    try {
      await stream.append(chunk);
    } finally {
      if (await stream.isFinished()) this.#open.delete(id);
    }
  }

  async finish(id: string): Promise<void> {
    await this.#stream(id).finish();
    this.#open.delete(id);
  }

  async *read(id: string, signal: AbortSignal): AsyncIterable<Uint8Array> {
    const open = this.#open.get(id);
    const stream = open ?? new OutputStream(this.#path(id), this.#limits);
    if (open === undefined && !(await stream.isFinished())) {
      throw new PlatformError('not_found', 'There is no such output (yet).', { resource: 'output_stream' });
    }
    yield* stream.read(signal);
  }

  async remove(id: string): Promise<void> {
    await this.#stream(id).remove();
    this.#open.delete(id);
  }

  async close(): Promise<void> {
    await Promise.all(Array.from(this.#open.values(), (stream) => stream.abandon()));
    this.#open.clear();
  }

  /** The stream that is written to under this id; from now on there is one. */
  #stream(id: string): OutputStream {
    const stream = this.#open.get(id) ?? new OutputStream(this.#path(id), this.#limits);
    this.#open.set(id, stream);
    return stream;
  }

  #path(id: string): string {
    return join(this.#folder, checkName(id));
  }
}
