import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type BlobFolder, openBlobStore } from './index.ts';

const run = promisify(execFile);
const MEGABYTE = 1024 * 1024;
let root: string;
let small: string;
let blobs: BlobFolder;

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'jangada-full-'));
  small = join(root, 'small');
  await mkdir(small);
  await run('mount', ['-t', 'tmpfs', '-o', 'size=2m', 'tmpfs', small]);
  blobs = await openBlobStore(small);
});
afterAll(async () => {
  await run('umount', [small]);
  await rm(root, { recursive: true, force: true });
});

const zeros = (bytes: number): Readable =>
  Readable.from(Array.from({ length: bytes / 65_536 }, () => Buffer.alloc(65_536)));

test('a blob that does not fit is refused, leaves nothing behind, and smaller ones still fit', async () => {
  await expect(blobs.put(zeros(4 * MEGABYTE))).rejects.toMatchObject({ id: 'disk_full' });
  expect(await readdir(join(small, 'incoming'))).toEqual([]);
  expect((await blobs.put(zeros(MEGABYTE))).size).toBe(MEGABYTE);
});

test('a file of another file system is copied when it is adopted; one that does not fit stays where it is', async () => {
  const file = join(root, 'slug');
  await writeFile(file, 'hello');
  expect((await blobs.adopt(file)).size).toBe(5);
  await writeFile(file, Buffer.alloc(3 * MEGABYTE));
  await expect(blobs.adopt(file)).rejects.toMatchObject({ id: 'disk_full' });
  expect(await readdir(root)).toContain('slug');
});
