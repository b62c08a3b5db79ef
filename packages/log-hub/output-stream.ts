import { type FileHandle, mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { Turns } from '@jangada/core';
import { PlatformError } from '@jangada/platform-api';
import { Changes } from './changes.ts';
import { codeOf, translateWriteError } from './disk-error.ts';
import { WriteBatches } from './write-batches.ts';

export interface OutputLimits {
  /** Above this many bytes the output is cut from its start. */
  readonly capBytes: number;
  /** It is cut by so many bytes at a time. */
  readonly chunkBytes: number;
}

/** A file of the stream, named by the offset of its first byte. */
interface Chunk {
  readonly start: number;
  size: number;
}

const READ_BYTES = 256 * 1024;
const CHUNK_NAME = /^\d{16}$/;

/** Ending of the folder's name while the stream is written to. The rename that takes it away is what finishes a stream. */
export const OPEN_SUFFIX = '.open';

/** One stream: a folder of chunks. */
export class OutputStream {
  readonly #folder: string;
  readonly #limits: OutputLimits;
  /** Whatever changes the folder has its turn. */
  readonly #turns = new Turns();
  readonly #batches = new WriteBatches<Uint8Array>((parts) => this.#turns.take(() => this.#write(parts)));
  readonly #changes = new Changes();
  #chunks: Chunk[] = [];
  #finished = false;
  #abandoned = false;
  #handle: FileHandle | null = null;
  #loading: Promise<void> | null = null;

  /** `folder` is where the stream is once it is finished. */
  constructor(folder: string, limits: OutputLimits) {
    this.#folder = folder;
    this.#limits = limits;
  }

  /** Whether it was finished, now or by an earlier process. */
  async isFinished(): Promise<boolean> {
    await this.#load();
    return this.#finished;
  }

  append(part: Uint8Array): Promise<void> {
    return this.#batches.add([part]);
  }

  async finish(): Promise<void> {
    await this.#batches.settled();
    await this.#turns.take(async () => {
      if (await this.isFinished()) return;
      await this.#close();
      await mkdir(this.#openFolder, { recursive: true, mode: 0o700 });
      await rename(this.#openFolder, this.#folder);
      this.#end();
    });
  }

  remove(): Promise<void> {
    return this.#turns.take(async () => {
      await this.#close();
      await rm(this.#openFolder, { recursive: true, force: true });
      await rm(this.#folder, { recursive: true, force: true });
      this.#chunks = [];
      this.#end();
    });
  }

  /** Writes what was handed in and ends the readers; the stream is left open on disk. */
  async abandon(): Promise<void> {
    await this.#batches.settled();
    await this.#turns.take(() => this.#close());
    this.#abandoned = true;
    this.#changes.announce();
  }

  async *read(signal: AbortSignal): AsyncGenerator<Uint8Array, void> {
    let offset = 0;
    while (!signal.aborted && !this.#abandoned) {
      const chunk = this.#chunks.find(({ start, size }) => start + size > offset);
      if (chunk === undefined) {
        if (this.#finished) return;
        await this.#changes.wait(signal);
        continue;
      }
      offset = Math.max(offset, chunk.start);
      const bytes = await this.#readChunk(chunk, offset - chunk.start);
      if (bytes === null) continue;
      offset += bytes.length;
      yield bytes;
    }
  }

  #load(): Promise<void> {
    this.#loading ??= (async () => {
      const names = await readdir(this.#folder).catch((error: unknown) => {
        if (codeOf(error) === 'ENOENT') return null;
        throw error;
      });
      if (names === null) return;
      this.#finished = true;
      for (const name of names.filter((candidate) => CHUNK_NAME.test(candidate)).sort()) {
        this.#chunks.push({ start: Number(name), size: (await stat(join(this.#folder, name))).size });
      }
    })();
    return this.#loading;
  }

  get #openFolder(): string {
    return `${this.#folder}${OPEN_SUFFIX}`;
  }

  #path(chunk: Chunk): string {
    return join(this.#finished ? this.#folder : this.#openFolder, String(chunk.start).padStart(16, '0'));
  }

  /** Null when the file went or moved meanwhile: then the state tells anew where to read. */
  async #readChunk(chunk: Chunk, position: number): Promise<Buffer | null> {
    const buffer = Buffer.alloc(Math.min(READ_BYTES, chunk.size - position));
    const wasFinished = this.#finished;
    try {
      await using handle = await open(this.#path(chunk), 'r');
      const { bytesRead } = await handle.read(buffer, 0, buffer.length, position);
      if (bytesRead === 0) throw new Error('The file of an output stream is shorter than it was.');
      return buffer.subarray(0, bytesRead);
    } catch (error) {
      const stale = wasFinished !== this.#finished || this.#abandoned || !this.#chunks.includes(chunk);
      if (stale && codeOf(error) === 'ENOENT') return null;
      throw error;
    }
  }

  async #write(parts: readonly Uint8Array[]): Promise<void> {
    if (await this.isFinished()) {
      throw new PlatformError('conflict', 'This output stream is finished; nothing can be added to it.');
    }
    let rest = Buffer.concat(parts);
    try {
      while (rest.length > 0) {
        const chunk = await this.#chunkWithRoom();
        const part = rest.subarray(0, this.#limits.chunkBytes - chunk.size);
        await this.#writePart(chunk, part);
        rest = rest.subarray(part.length);
      }
    } catch (error) {
      throw translateWriteError(error);
    }
  }

  async #writePart(chunk: Chunk, part: Buffer): Promise<void> {
    try {
      await this.#handle!.appendFile(part);
    } catch (error) {
      await this.#handle?.truncate(chunk.size).catch(() => undefined);
      throw error;
    }
    chunk.size += part.length;
    const last = this.#chunks.at(-1)!;
    while (last.start + last.size - this.#chunks[0]!.start > this.#limits.capBytes) {
      await rm(this.#path(this.#chunks.shift()!), { force: true });
    }
    this.#changes.announce();
  }

  async #chunkWithRoom(): Promise<Chunk> {
    const last = this.#chunks.at(-1);
    if (last !== undefined && last.size < this.#limits.chunkBytes && this.#handle !== null) return last;
    await this.#close();
    await mkdir(this.#openFolder, { recursive: true, mode: 0o700 });
    const chunk: Chunk = { start: last === undefined ? 0 : last.start + last.size, size: 0 };
    this.#handle = await open(this.#path(chunk), 'a', 0o600);
    this.#chunks.push(chunk);
    return chunk;
  }

  #end(): void {
    this.#finished = true;
    this.#changes.announce();
  }

  async #close(): Promise<void> {
    const handle = this.#handle;
    this.#handle = null;
    await handle?.close();
  }
}
