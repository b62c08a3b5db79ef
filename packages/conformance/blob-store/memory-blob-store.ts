import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { rm } from 'node:fs/promises';
import { addAbortSignal, Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import type { BlobStore } from '@jangada/core';
import { PlatformError } from '@jangada/platform-api';

/** A BlobStore that forgets everything with the process. */
export function createMemoryBlobStore(): BlobStore {
  const blobs = new Map<string, Buffer>();
  const put: BlobStore['put'] = async (content, signal) => {
    try {
      const whole = await buffer(signal === undefined ? content : addAbortSignal(signal, content));
      const digest = `sha256:${createHash('sha256').update(whole).digest('hex')}`;
      blobs.set(digest, whole);
      return { digest, size: whole.length };
    } catch (error) {
      signal?.throwIfAborted();
      throw error;
    }
  };
  return {
    put,

    async adopt(file, signal) {
      const info = await put(createReadStream(file), signal);
      await rm(file);
      return info;
    },

    async stat(digest) {
      const blob = blobs.get(digest);
      return blob === undefined ? null : { digest, size: blob.length };
    },

    async read(digest, signal) {
      const blob = blobs.get(digest);
      if (blob === undefined) throw new PlatformError('not_found', `There is no blob ${digest}.`, { resource: 'blob' });
      const stream = Readable.from(blob.length === 0 ? [] : [blob]);
      return signal === undefined ? stream : addAbortSignal(signal, stream);
    },

    async delete(digest) {
      blobs.delete(digest);
    },

    async *list() {
      for (const [digest, blob] of blobs) yield { digest, size: blob.length };
    },
  };
}
