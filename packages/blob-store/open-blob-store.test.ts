import { createHash, randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { blobStoreConformance } from '@jangada/conformance';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openBlobStore } from './index.ts';

let root: string;
let folder: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'jangada-blobs-'));
  folder = join(root, 'blobs');
});
afterEach(() => rm(root, { recursive: true, force: true }));

blobStoreConformance('the blob store in a folder', () => openBlobStore(folder));

const HELLO = 'sha256:2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824';

test('a blob is a file named by its digest that only the platform can read', async () => {
  const blobs = await openBlobStore(folder);
  await blobs.put(Readable.from([Buffer.from('hello')]));
  expect(await readFile(blobs.pathOf(HELLO), 'utf8')).toBe('hello');
  expect((await stat(blobs.pathOf(HELLO))).mode & 0o777).toBe(0o600);
});

test('blobs are there after the store is opened again, interrupted writes are not', async () => {
  await (await openBlobStore(folder)).put(Readable.from([Buffer.from('hello')]));
  await writeFile(join(folder, 'incoming', 'half'), 'hel');
  const again = await openBlobStore(folder);
  expect((await again.stat(HELLO))?.size).toBe(5);
  expect(await readdir(join(folder, 'incoming'))).toEqual([]);
});

test('a write that breaks leaves no file', async () => {
  const blobs = await openBlobStore(folder);
  const breaking = Readable.from(
    (async function* () {
      yield Buffer.from('hel');
      throw new Error('the other side hung up');
    })(),
  );
  await expect(blobs.put(breaking)).rejects.toThrow('hung up');
  expect(await readdir(join(folder, 'incoming'))).toEqual([]);
  expect(await readdir(folder)).toEqual(['incoming']);
});

test('an adopted file is moved, not copied', async () => {
  const blobs = await openBlobStore(folder);
  const file = join(root, 'slug.squashfs');
  await writeFile(file, 'hello');
  const { ino } = await stat(file);
  await blobs.adopt(file);
  expect((await stat(blobs.pathOf(HELLO))).ino).toBe(ino);
});

test('a file that takes many reads is named by the digest of all of it', async () => {
  const blobs = await openBlobStore(folder);
  const content = randomBytes(5 * 256 * 1024 + 7);
  const file = join(root, 'slug.squashfs');
  await writeFile(file, content);
  const digest = `sha256:${createHash('sha256').update(content).digest('hex')}`;
  expect(await blobs.adopt(file)).toEqual({ digest, size: content.length });
});

test('a file whose adoption is called off stays where it is', async () => {
  const blobs = await openBlobStore(folder);
  const file = join(root, 'slug.squashfs');
  await writeFile(file, 'hello');
  await expect(blobs.adopt(file, AbortSignal.abort(new Error('called off')))).rejects.toThrow('called off');
  expect(await readFile(file, 'utf8')).toBe('hello');
  expect(await blobs.stat(HELLO)).toBeNull();
});

test('a blob that is there already is kept, because it may be mounted', async () => {
  const blobs = await openBlobStore(folder);
  await blobs.put(Readable.from([Buffer.from('hello')]));
  const { ino } = await stat(blobs.pathOf(HELLO));
  await blobs.put(Readable.from([Buffer.from('hello')]));
  expect((await stat(blobs.pathOf(HELLO))).ino).toBe(ino);
});

test('a blob whose file was cut short is replaced', async () => {
  const blobs = await openBlobStore(folder);
  await writeFile(blobs.pathOf(HELLO), 'hel');
  await blobs.put(Readable.from([Buffer.from('hello')]));
  expect(await readFile(blobs.pathOf(HELLO), 'utf8')).toBe('hello');
});

test('text that is not a digest never becomes a path', async () => {
  const blobs = await openBlobStore(folder);
  for (const text of ['', '../keys/master.key', 'sha256:../../etc/passwd', `sha256:${'A'.repeat(64)}`]) {
    await expect(blobs.stat(text)).rejects.toMatchObject({ id: 'invalid_params' });
    await expect(blobs.delete(text)).rejects.toMatchObject({ id: 'invalid_params' });
  }
});

test('other files and folders beside the blobs are not listed', async () => {
  const blobs = await openBlobStore(folder);
  await mkdir(join(folder, 'lost+found'));
  await writeFile(join(folder, 'notes.txt'), 'x');
  expect(await Array.fromAsync(blobs.list())).toEqual([]);
});
