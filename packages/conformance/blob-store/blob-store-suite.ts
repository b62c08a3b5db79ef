import { createHash, randomBytes } from 'node:crypto';
import { access, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import type { BlobStore } from '@jangada/core';
import { describe, expect, test } from 'vitest';

const UNKNOWN = `sha256:${'0'.repeat(64)}`;

/** What every BlobStore does. `makeBlobStore` gives an empty one for each test. */
export function blobStoreConformance(name: string, makeBlobStore: () => Promise<BlobStore>): void {
  describe(`${name} is a BlobStore`, () => {
    const streamOf = (...chunks: Uint8Array[]): Readable => Readable.from(chunks.map((chunk) => Buffer.from(chunk)));
    const read = async (blobs: BlobStore, digest: string): Promise<Buffer> => buffer(await blobs.read(digest));

    test('content comes back whole under its SHA-256', async () => {
      const blobs = await makeBlobStore();
      const chunks = [randomBytes(100_000), randomBytes(1), randomBytes(300_000)];
      const content = Buffer.concat(chunks);
      const info = await blobs.put(streamOf(...chunks));
      const digest = `sha256:${createHash('sha256').update(content).digest('hex')}`;
      expect(info).toEqual({ digest, size: content.length });
      expect(await blobs.stat(digest)).toEqual(info);
      expect((await read(blobs, digest)).equals(content)).toBe(true);
    });

    test('empty content is a blob too', async () => {
      const blobs = await makeBlobStore();
      const info = await blobs.put(streamOf());
      expect(info.size).toBe(0);
      expect(await read(blobs, info.digest)).toHaveLength(0);
    });

    test('the same content is one blob, however often and at once it is put', async () => {
      const blobs = await makeBlobStore();
      const puts = Array.from({ length: 4 }, () => blobs.put(streamOf(Buffer.from('same'))));
      expect(new Set((await Promise.all(puts)).map((info) => info.digest)).size).toBe(1);
      expect(await Array.fromAsync(blobs.list())).toHaveLength(1);
    });

    test('a blob that is not there is told apart', async () => {
      const blobs = await makeBlobStore();
      expect(await blobs.stat(UNKNOWN)).toBeNull();
      await expect(blobs.read(UNKNOWN)).rejects.toMatchObject({ id: 'not_found' });
      await blobs.delete(UNKNOWN);
    });

    test('a deleted blob is gone; whoever reads it already gets all of it', async () => {
      const blobs = await makeBlobStore();
      const { digest } = await blobs.put(streamOf(Buffer.from('going')));
      const reading = await blobs.read(digest);
      await blobs.delete(digest);
      expect(await blobs.stat(digest)).toBeNull();
      expect((await buffer(reading)).toString()).toBe('going');
    });

    test('a put that is aborted stores nothing', async () => {
      const blobs = await makeBlobStore();
      const stop = new AbortController();
      const content = new Readable({ read() {} });
      content.push('half');
      const put = blobs.put(content, stop.signal);
      stop.abort(new Error('no longer wanted'));
      await expect(put).rejects.toThrow('no longer wanted');
      expect(await Array.fromAsync(blobs.list())).toEqual([]);
    });

    test('an adopted file becomes the blob and is gone from where it was', async () => {
      const blobs = await makeBlobStore();
      const folder = await mkdtemp(join(tmpdir(), 'jangada-adopt-'));
      const file = join(folder, 'slug');
      await writeFile(file, 'adopted');
      const info = await blobs.adopt(file);
      expect((await read(blobs, info.digest)).toString()).toBe('adopted');
      await expect(access(file)).rejects.toThrow('ENOENT');
      await writeFile(file, 'adopted');
      expect(await blobs.adopt(file)).toEqual(info);
      await expect(access(file)).rejects.toThrow('ENOENT');
      await rm(folder, { recursive: true });
    });

    test('every blob is listed', async () => {
      const blobs = await makeBlobStore();
      const put = await Promise.all(['a', 'bb', 'ccc'].map((text) => blobs.put(streamOf(Buffer.from(text)))));
      const listed = await Array.fromAsync(blobs.list());
      expect(listed.toSorted((a, b) => a.size - b.size)).toEqual(put);
    });
  });
}
