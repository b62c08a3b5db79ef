import { createHash, randomUUID } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { chmod, type FileHandle, mkdir, open, opendir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { BlobInfo, BlobStore, Digest } from '@jangada/core';
import { PlatformError } from '@jangada/platform-api';
import { blobPath, digestOfFile } from './blob-name.ts';

/** Below the blobs: files that are being written. Whatever is there at a start was interrupted. */
const INCOMING = 'incoming';
const READ_BYTES = 256 * 1024;

/** A BlobStore whose blobs other processes may open as files, read-only. */
export interface BlobFolder extends BlobStore {
  /** Where the blob's file is, or would be. Throws `invalid_params` when the text is not a digest. */
  pathOf(digest: Digest): string;
}

/**
 * Keeps blobs as files `sha256-<hex>` in `folder`, which is made when it is not there; only one process may write. A blob
 * gets its name when all of it is on disk. Throws `disk_full` when it does not fit, and leaves nothing of it behind.
 */
export async function openBlobStore(folder: string): Promise<BlobFolder> {
  const incoming = join(folder, INCOMING);
  await rm(incoming, { recursive: true, force: true });
  await mkdir(incoming, { recursive: true, mode: 0o700 });
  return new FolderBlobStore(folder, incoming);
}

class FolderBlobStore implements BlobFolder {
  readonly #folder: string;
  readonly #incoming: string;

  constructor(folder: string, incoming: string) {
    this.#folder = folder;
    this.#incoming = incoming;
  }

  pathOf(digest: Digest): string {
    return blobPath(this.#folder, digest);
  }

  async put(content: Readable, signal?: AbortSignal): Promise<BlobInfo> {
    const file = join(this.#incoming, randomUUID());
    try {
      const hash = createHash('sha256');
      let size = 0;
      const measure = async function* (chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
        for await (const chunk of chunks) {
          hash.update(chunk);
          size += chunk.length;
          yield chunk;
        }
      };
      const target = createWriteStream(file, { flags: 'wx', mode: 0o600 });
      await pipeline(content, measure, target, { signal });
      const info = { digest: `sha256:${hash.digest('hex')}`, size };
      await this.#name(file, info);
      return info;
    } catch (error) {
      await rm(file, { force: true });
      signal?.throwIfAborted();
      throw isDiskFull(error) ? diskFull(error) : error;
    }
  }

  async adopt(file: string, signal?: AbortSignal): Promise<BlobInfo> {
    const info = await inspect(file, signal);
    try {
      await chmod(file, 0o600);
      await this.#name(file, info);
      return info;
    } catch (error) {
      if (codeOf(error) !== 'EXDEV') throw isDiskFull(error) ? diskFull(error) : error;
    }
    const copied = await this.put(createReadStream(file, { highWaterMark: READ_BYTES }), signal);
    await rm(file);
    return copied;
  }

  async stat(digest: Digest): Promise<BlobInfo | null> {
    try {
      return { digest, size: (await stat(this.pathOf(digest))).size };
    } catch (error) {
      if (codeOf(error) === 'ENOENT') return null;
      throw error;
    }
  }

  async read(digest: Digest, signal?: AbortSignal): Promise<Readable> {
    const handle = await this.#open(digest);
    return handle.createReadStream({ highWaterMark: READ_BYTES, ...(signal ? { signal } : {}) });
  }

  async delete(digest: Digest): Promise<void> {
    await rm(this.pathOf(digest), { force: true });
  }

  async *list(): AsyncIterable<BlobInfo> {
    for await (const entry of await opendir(this.#folder)) {
      const digest = digestOfFile(entry.name);
      const info = digest === null ? null : await this.stat(digest);
      if (info !== null) yield info;
    }
  }

  async #open(digest: Digest): Promise<FileHandle> {
    try {
      return await open(this.pathOf(digest), 'r');
    } catch (error) {
      if (codeOf(error) !== 'ENOENT') throw error;
      throw new PlatformError('not_found', `There is no blob ${digest}.`, { resource: 'blob', cause: error });
    }
  }

  /**
   * A complete file becomes the blob, once all of it is on disk. One that is there already stays, because it may be mounted; what
   * came a second time need not reach the disk at all.
   */
  async #name(file: string, info: BlobInfo): Promise<void> {
    const there = await this.stat(info.digest);
    if (there?.size === info.size) {
      await rm(file);
      return;
    }
    await sync(file);
    await rename(file, this.pathOf(info.digest));
    await sync(this.#folder);
  }
}

/** Reads into one buffer while the other is hashed: new ones for each read would cost a third more. */
async function inspect(file: string, signal: AbortSignal | undefined): Promise<BlobInfo> {
  const hash = createHash('sha256');
  const buffers = [Buffer.allocUnsafeSlow(READ_BYTES), Buffer.allocUnsafeSlow(READ_BYTES)];
  await using handle = await open(file, 'r');
  let size = 0;
  let next = handle.read(buffers[0]!, 0, READ_BYTES);
  for (let turn = 0; ; turn = 1 - turn) {
    const { bytesRead } = await next;
    signal?.throwIfAborted();
    if (bytesRead === 0) return { digest: `sha256:${hash.digest('hex')}`, size };
    next = handle.read(buffers[1 - turn]!, 0, READ_BYTES);
    hash.update(buffers[turn]!.subarray(0, bytesRead));
    size += bytesRead;
  }
}

/** Of a file or a folder: what it holds is on disk afterwards. */
async function sync(path: string): Promise<void> {
  const handle = await open(path, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined;
}

function isDiskFull(error: unknown): boolean {
  return codeOf(error) === 'ENOSPC' || codeOf(error) === 'EDQUOT';
}

function diskFull(cause: unknown): PlatformError {
  return new PlatformError('disk_full', 'The disk is full. Free some space on the server, then try again.', { cause });
}
