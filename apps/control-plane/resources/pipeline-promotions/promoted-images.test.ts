import { Readable } from 'node:stream';
import { SAMPLE_ROWS } from '@jangada/conformance';
import type { Digest, ImageInfo, Images, PushedImage } from '@jangada/core';
import { beforeEach, expect, test } from 'vitest';
import { createTestApi, type TestApi } from '../../http/testing/test-api.ts';
import { dynoSpec } from '../../reconcile/dyno-spec.ts';
import { oneOffRow } from '../dynos/one-off-row.ts';

const BUILT = `sha256:${'b'.repeat(64)}`;
let api: TestApi;
let pushed: PushedImage;
/** Images that the engine loaded from the registry. */
let loaded: string[];

/** A pipeline of container apps; `box-staging` runs an image that was pushed as web and one that was built as worker. */
beforeEach(async () => {
  loaded = [];
  const images: Partial<Images> = {
    find: async (id) => (id === BUILT ? { imageId: id, size: 1, entrypoint: [], cmd: ['x'] } : null),
    async load(archive, imageId): Promise<ImageInfo> {
      archive.destroy();
      loaded.push(imageId);
      return { imageId, size: 5, entrypoint: [], cmd: ['./run'] };
    },
  };
  api = await createTestApi({ images: images as Images });
  await api.call('POST /pipelines', { name: 'line' });
  for (const [app, stage] of [
    ['box-staging', 'staging'],
    ['box', 'production'],
  ]) {
    await api.call('POST /apps', { name: app, stack: 'container' });
    await api.call('POST /pipeline-couplings', { app, pipeline: 'line', stage });
  }
  const { context } = api;
  const put = async (text: string): Promise<Digest> =>
    (await context.blobs.put(Readable.from([Buffer.from(text)]))).digest;
  const staging = await api.appNamed('box-staging');
  const imageId = await put('{"config":1}');
  pushed = await context.store.rows.pushedImages.insert({
    ...SAMPLE_ROWS.pushedImages,
    appId: staging.id,
    digest: await put('{}'),
    imageId,
    layers: [await put('layer'), await put('layer')],
  });
  const slug = await api.deploy(staging, { web: './run', worker: 'work' });
  await context.store.rows.slugs.update(slug.id, {
    digest: null,
    stack: 'container',
    commit: null,
    images: { web: { imageId, command: null }, worker: { imageId: BUILT, command: 'work' } },
  });
});

async function promote(): Promise<string> {
  const { body } = await api.call('POST /pipeline-promotions', {
    pipeline: { id: 'line' },
    source: { app: { id: 'box-staging' } },
    targets: [{ app: { id: 'box' } }],
  });
  const targets = await api.call(`GET /pipeline-promotions/${body.id}/promotion-targets`);
  return targets.body[0].error_message ?? targets.body[0].status;
}

test('the target runs the same images, which the engine may lose and load again after the source is gone', async () => {
  expect(await promote()).toBe('succeeded');
  const { context } = api;
  const { rows } = context.store;
  await api.call('DELETE /apps/box-staging');
  const { id: appId } = await api.appNamed('box');
  const release = (await rows.releases.find({ appId, version: 3 }))!;
  expect((await rows.slugs.get(release.slugId!))?.images).toEqual({
    web: { imageId: pushed.imageId, command: null },
    worker: { imageId: BUILT, command: 'work' },
  });
  const imageOf = async (type: string, command: string) => {
    const row = await oneOffRow(context, { appId, release, type, command, attached: false });
    return (await dynoSpec(context, row, true)).image;
  };
  expect(await imageOf('web', './run')).toBe(pushed.imageId);
  expect(await imageOf('worker', 'work')).toBe(BUILT);
  expect(loaded).toEqual([pushed.imageId]);
});

test('promoted again, the image is the target’s once, under no name of the source', async () => {
  await promote();
  expect(await promote()).toBe('succeeded');
  const { rows } = api.context.store;
  const { id: appId } = await api.appNamed('box');
  expect(await rows.pushedImages.list({ appId })).toMatchObject([
    { type: pushed.type, digest: pushed.digest, imageId: pushed.imageId, layers: pushed.layers, tags: [] },
  ]);
  const blobs = (await rows.imageBlobs.list({ appId })).map(({ digest }) => digest);
  expect(blobs.sort()).toEqual([...new Set([pushed.imageId, ...pushed.layers])].sort());
});

test('an app that is not for images gets none until its stack is changed', async () => {
  await api.call('PATCH /apps/box', { build_stack: 'heroku-24' });
  expect(await promote()).toContain('heroku stack:set container -a box');
  await api.call('PATCH /apps/box', { build_stack: 'container' });
  expect(await promote()).toBe('succeeded');
});

test('a slug of images can be released by its id, as `releases:retry` does; that used to be refused as an upload that waits', async () => {
  const { slug } = (await api.call('GET /apps/box-staging/releases/current')).body;
  const { status, body } = await api.call('POST /apps/box-staging/releases', { slug: slug.id });
  expect([status, body.slug, body.status]).toEqual([201, { id: slug.id }, 'succeeded']);
});
