import { randomBytes, randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { type BlobFolder, openBlobStore } from '@jangada/blob-store';
import { CONTAINER_STACK, homeLayout, type ImageInfo, type Images } from '@jangada/core';
import { createDockerImages } from '@jangada/engine-docker';
import { pack } from 'tar-stream';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createRunningBuilds } from '../deploy/running-builds.ts';
import { createTestApi, type TestApi } from '../http/testing/test-api.ts';
import { dynoSpec } from '../reconcile/dyno-spec.ts';
import { oneOffRow } from '../resources/dynos/one-off-row.ts';
import { tidy } from '../tidying/tidy.ts';
import { keepReleasedImages } from './keep-images.ts';

const DAY_MS = 86_400_000;
const FOREVER = new AbortController().signal;
const images: Images = createDockerImages({
  installId: randomBytes(6).toString('hex'),
  socketPath: '/var/run/docker.sock',
  guard: async () => undefined,
});
let root: string;
let blobs: BlobFolder;
let api: TestApi;

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'keep-images-'));
  blobs = await openBlobStore(join(root, 'blobs'));
  api = await createTestApi({ images: { ...images, pruneCache: async () => 0 }, blobs, home: homeLayout(root) });
  await api.call('POST /apps', { name: 'box', stack: CONTAINER_STACK });
});
afterAll(async () => {
  for (const imageId of await images.list()) await images.remove(imageId);
  await rm(root, { recursive: true });
});

async function build(text: string): Promise<ImageInfo> {
  const context = pack();
  context.entry({ name: 'Dockerfile' }, `FROM test-base:1\nCOPY text /\nRUN : ${randomUUID()}\nCMD cat /text`);
  context.entry({ name: 'text' }, text);
  context.finalize();
  const order = { dockerfile: 'Dockerfile', target: null, buildArgs: {}, secrets: {}, cacheScope: 'keep' };
  return images.build({ ...order, buildId: randomUUID(), context: Readable.from(context) }, () => undefined, FOREVER);
}

/** A release of an image, as a build makes one. */
async function release(image: ImageInfo): Promise<void> {
  const slug = await api.deploy(await api.appNamed('box'), { web: 'cat /text' });
  const web = { imageId: image.imageId, command: null };
  await api.context.store.rows.slugs.update(slug.id, { digest: null, images: { web }, stack: CONTAINER_STACK });
}

/** What a one-off dyno of a release would run. */
async function specOf(version: number) {
  const { id: appId } = await api.appNamed('box');
  const found = (await api.context.store.rows.releases.find({ appId, version }))!;
  const row = await oneOffRow(api.context, { appId, release: found, type: 'run', command: 'ls', attached: false });
  return dynoSpec(api.context, row, true);
}

const bytesKept = async (): Promise<number> =>
  (await Array.fromAsync(blobs.list())).reduce((sum, { size }) => sum + size, 0);

test('images of releases outlive the engine: what it has lost is loaded again when a dyno needs it', async () => {
  const image = await build('one');
  await release(image);
  await keepReleasedImages(api.context, createRunningBuilds(), FOREVER);
  expect(api.reports).toEqual([]);
  await images.remove(image.imageId);
  expect(await images.find(image.imageId)).toBeNull();
  const specs = await Promise.all([specOf(3), specOf(3), specOf(3)]);
  expect(specs.map((spec) => spec.image)).toEqual(Array(3).fill(image.imageId));
  expect(await images.find(image.imageId)).toMatchObject({ cmd: ['/bin/sh', '-c', 'cat /text'] });
  expect(await images.list()).toEqual([image.imageId]);
});

test('another image on the same base takes the room of its own layers alone', async () => {
  const before = await bytesKept();
  await release(await build('two'));
  await keepReleasedImages(api.context, createRunningBuilds(), FOREVER);
  expect(before).toBeGreaterThan(1_000_000);
  expect((await bytesKept()) - before).toBeLessThan(50_000);
});

test('a release whose image is nowhere any more says what to do', async () => {
  const image = await build('lost');
  await release(image);
  await images.remove(image.imageId);
  await keepReleasedImages(api.context, createRunningBuilds(), FOREVER);
  expect(api.reports.map(({ event }) => event)).toEqual(['images.not_kept']);
  await expect(specOf(5)).rejects.toMatchObject({
    id: 'slug_not_found',
    message: 'The image of run is neither on the engine nor in the blob store. Push box again.',
  });
});

test('images go by the rule for slugs, from the engine and from the blob store', async () => {
  const last = await build('last');
  for (let each = 0; each < 20; each++) await release(last);
  await keepReleasedImages(api.context, createRunningBuilds(), FOREVER);
  await api.clock.advance(31 * DAY_MS);
  expect(await tidy(api.context, createRunningBuilds())).toMatchObject({ slugs: 3 });
  expect(await images.list()).toEqual([last.imageId]);
  const kept = await api.context.store.rows.pushedImages.list();
  expect(kept.map(({ imageId }) => imageId)).toEqual([last.imageId]);
  expect(await blobs.stat(last.imageId)).not.toBeNull();
  await images.remove(last.imageId);
  expect((await specOf(25)).image).toBe(last.imageId);
});
