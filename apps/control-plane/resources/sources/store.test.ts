import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { openBlobStore } from '@jangada/blob-store';
import { type Source, STEP_BYTES } from '@jangada/core';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createTestApi, type Person, type TestApi } from '../../http/testing/test-api.ts';
import { createSource } from './create.ts';
import { MAX_ACCOUNT_BYTES } from './hold.ts';
import { storeSource } from './store.ts';
import { SOURCE_LIFE_MS } from './url.ts';

const MEGABYTE = 1024 ** 2;
const GIGABYTE = 1024 ** 3;
const FOREVER = new AbortController().signal;
let folder: string;
let api: TestApi;
/** What is free at each look; enough after that. */
let free: number[];
/** Megabytes that were taken of the last content. */
let taken: number;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'jangada-sources-'));
  free = [];
  taken = 0;
  const blobs = await openBlobStore(folder);
  api = await createTestApi({ blobs, freeBytes: async () => free.shift() ?? 2 * GIGABYTE });
});
afterEach(() => rm(folder, { recursive: true }));

const newSource = ({ account }: Person = api.ana): Promise<Source> => createSource(api.context, account.id);
const store = (source: Source, content: Readable): Promise<Source> =>
  storeSource(api.context, source, content, FOREVER);
const sizeOf = async ({ id }: Source): Promise<number | undefined> =>
  (await api.context.store.rows.sources.get(id))?.size;

function megabytes(count: number): Readable {
  const chunks = function* (): Generator<Buffer> {
    for (let index = 0; index < count; index++) {
      taken++;
      yield Buffer.alloc(MEGABYTE);
    }
  };
  return Readable.from(chunks(), { objectMode: false });
}

/** A source of the person that is stored, and says that it is this large. */
async function hasStored(person: Person, size: number, content = 'a'): Promise<void> {
  const { id } = await newSource(person);
  await api.context.store.rows.sources.update(id, { digest: `sha256:${content.repeat(64)}`, size });
}

async function expectNothingKept(): Promise<void> {
  expect(await readdir(folder)).toEqual(['incoming']);
  expect(await readdir(join(folder, 'incoming'))).toEqual([]);
}

test('a source for which there is no room is refused before any of it is taken', async () => {
  free = [2 * GIGABYTE - 1];
  const source = await newSource();
  await expect(store(source, megabytes(1))).rejects.toMatchObject({
    id: 'disk_full',
    message: 'The platform has too little disk space for sources. The operator has to make room.',
  });
  await expectNothingKept();
  expect((await store(source, megabytes(1))).size).toBe(MEGABYTE);
});

test('a source ends when half of the room is used up while it comes, and nothing of it is left', async () => {
  free = [2 * GIGABYTE, 2 * GIGABYTE, GIGABYTE, GIGABYTE - 1];
  const source = await newSource();
  await expect(store(source, megabytes(100))).rejects.toMatchObject({ id: 'disk_full' });
  expect(taken).toBeLessThan(40);
  await expectNothingKept();
  expect(await sizeOf(source)).toBe(0);
});

test('an account has so many bytes of sources and no more, for a day; others have theirs', async () => {
  const bia = await api.addPerson('bia@example.com');
  await hasStored(api.ana, MAX_ACCOUNT_BYTES - STEP_BYTES);
  const source = await newSource();
  await expect(store(source, megabytes(20))).rejects.toMatchObject({
    id: 'rate_limit',
    message: expect.stringContaining('8 GB of archives within 24 hours'),
  });
  await expectNothingKept();
  expect((await store(await newSource(bia), megabytes(20))).size).toBe(20 * MEGABYTE);
  expect((await store(source, megabytes(1))).size).toBe(MEGABYTE);
  await expect(store(await newSource(), megabytes(1))).rejects.toMatchObject({ id: 'rate_limit' });
  await api.clock.advance(SOURCE_LIFE_MS);
  expect((await store(await newSource(), megabytes(20))).size).toBe(20 * MEGABYTE);
});

test('the same content counts once', async () => {
  await hasStored(api.ana, 5 * GIGABYTE);
  await hasStored(api.ana, 5 * GIGABYTE);
  expect((await store(await newSource(), megabytes(1))).size).toBe(MEGABYTE);
});

test('what comes at the same time counts, and not any more when it breaks', async () => {
  await hasStored(api.ana, MAX_ACCOUNT_BYTES - STEP_BYTES);
  const slow = new Readable({ read: () => undefined });
  const [first, second] = [await newSource(), await newSource()];
  const storing = store(first, slow);
  slow.push(Buffer.from('half'));
  await expect.poll(() => sizeOf(first)).toBe(STEP_BYTES);
  await expect(store(second, megabytes(1))).rejects.toMatchObject({ id: 'rate_limit' });
  slow.destroy(new Error('the client went away'));
  await expect(storing).rejects.toThrow('went away');
  expect((await store(second, megabytes(1))).size).toBe(MEGABYTE);
});

test('a source that is being uploaded cannot be uploaded a second time meanwhile', async () => {
  const slow = new Readable({ read: () => undefined });
  const source = await newSource();
  const storing = store(source, slow);
  slow.push(Buffer.from('half'));
  await expect.poll(() => sizeOf(source)).toBe(STEP_BYTES);
  await expect(store(source, megabytes(1))).rejects.toMatchObject({ id: 'conflict' });
  slow.push(null);
  expect((await storing).size).toBe(4);
});

test('an account has a thousand sources and no more until the oldest are tidied away', async () => {
  for (let count = 0; count < 1_000; count++) await newSource();
  expect(await api.call('POST /sources')).toMatchObject({ status: 429, body: { id: 'rate_limit' } });
  const bia = await api.addPerson('bia@example.com');
  expect((await api.call('POST /sources', undefined, { as: bia })).status).toBe(201);
});
