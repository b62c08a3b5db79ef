import { createWriteStream } from 'node:fs';
import { mkdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { boundedStream } from '@jangada/core';
import { RegistryError } from './registry-error.ts';

/** Blobs that are on their way: files that grow with each request. */
export interface Uploads {
  begin(uploadId: string, appId: string): Promise<void>;
  /** Bytes so far. Throws BLOB_UPLOAD_UNKNOWN, also when the upload is another app's. */
  size(uploadId: string, appId: string): Promise<number>;
  /**
   * Adds what a request brings. `start`: the place that it says to begin at; null when it does not. Returns the bytes so far.
   * Throws RANGE_INVALID, SIZE_INVALID, and what `requireRoom` throws.
   */
  append(uploadId: string, appId: string, content: Readable, start: number | null): Promise<number>;
  /** The file, which is the caller's from now on. */
  finish(uploadId: string, appId: string): Promise<string>;
  /** Takes the file away, if it is still there. */
  forget(uploadId: string): Promise<void>;
}

export interface UploadOptions {
  readonly folder: string;
  /** Bytes of one blob. */
  readonly maxBytes: number;
  /** Throws when there is no room for more. Asked again while bytes come: many uploads may grow at once. */
  readonly requireRoom: () => Promise<void>;
}

/** Nobody goes on with an upload after this time. */
const ABANDONED_MS = 24 * 3_600_000;

/** What was under way when the process ended cannot go on: its files are removed at the first upload. */
export function createUploads({ folder, maxBytes, requireRoom }: UploadOptions): Uploads {
  const known = new Map<string, { readonly appId: string; readonly begun: number }>();
  /** One request at a time for one upload. */
  const busy = new Set<string>();
  const fileOf = (uploadId: string): string => join(folder, uploadId);
  let ready: Promise<unknown> | null = null;

  const require = (uploadId: string, appId: string): void => {
    if (known.get(uploadId)?.appId === appId && !busy.has(uploadId)) return;
    throw new RegistryError('BLOB_UPLOAD_UNKNOWN', 'This upload is not known any more. Push again.');
  };
  const size = async (uploadId: string): Promise<number> => (await stat(fileOf(uploadId)).catch(() => null))?.size ?? 0;

  const forget = async (uploadId: string): Promise<void> => {
    known.delete(uploadId);
    await rm(fileOf(uploadId), { force: true });
  };
  const forgetAbandoned = async (): Promise<void> => {
    const old = [...known].filter(([uploadId, { begun }]) => !busy.has(uploadId) && Date.now() - begun > ABANDONED_MS);
    for (const [uploadId] of old) await forget(uploadId);
  };

  return {
    async begin(uploadId, appId) {
      ready ??= rm(folder, { recursive: true, force: true }).then(() =>
        mkdir(folder, { recursive: true, mode: 0o700 }),
      );
      await ready;
      await forgetAbandoned();
      known.set(uploadId, { appId, begun: Date.now() });
    },

    async size(uploadId, appId) {
      require(uploadId, appId);
      return size(uploadId);
    },

    async append(uploadId, appId, content, start) {
      require(uploadId, appId);
      busy.add(uploadId);
      try {
        const before = await size(uploadId);
        if (start !== null && start !== before) {
          throw new RegistryError('RANGE_INVALID', `The upload goes on at byte ${before}.`);
        }
        const target = createWriteStream(fileOf(uploadId), { flags: 'a', mode: 0o600 });
        const bounds = { limit: maxBytes - before, tooLarge, check: requireRoom };
        await pipeline(boundedStream(content, bounds), target);
        return await size(uploadId);
      } finally {
        busy.delete(uploadId);
      }
    },

    async finish(uploadId, appId) {
      require(uploadId, appId);
      known.delete(uploadId);
      return fileOf(uploadId);
    },

    forget,
  };
}

function tooLarge(): Error {
  return new RegistryError('SIZE_INVALID', 'A layer of this image is larger than the registry takes.');
}
