import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { SAMPLE_ROWS } from '@jangada/conformance';
import type { ImageInfo, Images } from '@jangada/core';
import { expect, test } from 'vitest';
import { createTestApi, type TestApi } from '../../http/testing/test-api.ts';
import { dynoSpec } from '../../reconcile/dyno-spec.ts';
import { oneOffRow } from '../dynos/one-off-row.ts';

const idOf = (letter: string): string => `sha256:${letter.repeat(64)}`;
const RELEASES = { headers: { accept: 'application/vnd.heroku+json; version=3.docker-releases' } };

/** An engine that has the images of these letters. */
function imagesOf(...letters: readonly string[]): Images {
  const infos = letters.map(
    (letter): ImageInfo => ({ imageId: idOf(letter), size: 10, entrypoint: [], cmd: ['./run', letter] }),
  );
  const find = async (id: string): Promise<ImageInfo | null> => infos.find(({ imageId }) => imageId === id) ?? null;
  return { find, keep: find } as Partial<Images> as Images;
}

/** A container app that runs image `a` as web and as worker. */
async function boxed(): Promise<TestApi> {
  const api = await createTestApi({ images: imagesOf('a', 'b') });
  await api.call('POST /apps', { name: 'box', stack: 'container' });
  const app = await api.appNamed('box');
  const slug = await api.deploy(app, { web: './run a', worker: 'work' });
  const images = { web: { imageId: idOf('a'), command: null }, worker: { imageId: idOf('b'), command: 'work' } };
  await api.context.store.rows.slugs.update(slug.id, { digest: null, images, stack: 'container' });
  return api;
}

test('an image of the app can be released for a process type; the others stay as they are', async () => {
  const { call, context } = await boxed();
  const updates = [{ type: 'web', docker_image: idOf('b') }];
  const answer = await call('PATCH /apps/box/formation', { updates }, RELEASES);
  expect(answer.body).toMatchObject([{ type: 'web', command: './run b', quantity: 1 }]);
  const { body: release } = await call('GET /apps/box/releases/current');
  expect(release).toMatchObject({ version: 4, description: 'Deployed web (bbbbbbbbbbbb)', status: 'succeeded' });
  expect(await context.store.rows.slugs.get(release.slug.id)).toMatchObject({
    digest: null,
    stack: 'container',
    images: { web: { imageId: idOf('b'), command: null }, worker: { imageId: idOf('b'), command: 'work' } },
  });
  expect((await call('GET /apps/box')).body.stack.name).toBe('container');
});

test('a batch with an image is made as a whole, or not at all', async () => {
  const { call } = await boxed();
  const image = { type: 'web', docker_image: idOf('b') };
  for (const other of [
    { type: 'nope', quantity: 1 },
    { type: 'web', quantity: 101 },
  ]) {
    expect((await call('PATCH /apps/box/formation', { updates: [image, other] }, RELEASES)).status).toBeGreaterThan(
      400,
    );
  }
  expect((await call('GET /apps/box/releases/current')).body.version).toBe(3);
  const updates = [image, { type: 'cron', docker_image: idOf('a'), quantity: 2 }];
  expect((await call('PATCH /apps/box/formation', { updates }, RELEASES)).body).toMatchObject([
    { type: 'web', command: './run b' },
    { type: 'cron', quantity: 2 },
  ]);
});

test('a process type without its image is gone, and a rollback brings it back', async () => {
  const { call } = await boxed();
  expect((await call('PATCH /apps/box/formation/worker', { docker_image: null }, RELEASES)).status).toBe(200);
  expect((await call('GET /apps/box/formation')).body.map(({ type }: { type: string }) => type)).toEqual(['web']);
  expect((await call('GET /apps/box/releases/4')).body.description).toBe('Removed worker');
  await call('POST /apps/box/releases', { release: 3 });
  expect((await call('GET /apps/box/formation/worker')).status).toBe(200);
});

test('images that are not there, are no images, or are for another stack are refused, and nothing is released', async () => {
  const { call } = await boxed();
  await call('POST /apps', { name: 'plain' });
  const messageOf = async (app: string, docker_image: string) => {
    const { status, body } = await call(
      `PATCH /apps/${app}/formation`,
      { updates: [{ type: 'web', docker_image }] },
      RELEASES,
    );
    return [status, body.message];
  };
  expect(await messageOf('box', idOf('c'))).toEqual([422, expect.stringContaining('heroku container:push web')]);
  expect(await messageOf('box', 'latest')).toEqual([422, expect.stringContaining('sha256:')]);
  expect(await messageOf('plain', idOf('a'))).toEqual([422, expect.stringContaining('heroku stack:set container')]);
  expect((await call('GET /apps/box/releases')).body).toHaveLength(3);
});

test('an image that was pushed is loaded by the engine when it is released, and again when the engine lost it', async () => {
  const { call, context, appNamed } = await boxed();
  const { id: appId } = await appNamed('box');
  const manifest = await context.blobs.put(Readable.from([Buffer.from('{}')]));
  const config = await context.blobs.put(Readable.from([Buffer.from('{"config":1}')]));
  const pushed = {
    ...SAMPLE_ROWS.pushedImages,
    appId,
    digest: manifest.digest,
    imageId: config.digest,
    layers: [],
  };
  await context.store.rows.pushedImages.insert(pushed);
  const loaded: string[] = [];
  Object.assign(context.images, {
    async load(archive: Readable, imageId: string): Promise<ImageInfo> {
      expect((await buffer(archive)).toString('latin1')).toContain('{"config":1}');
      loaded.push(imageId);
      return { imageId, size: 5, entrypoint: ['/init'], cmd: [] };
    },
  });
  const updates = [{ type: 'web', docker_image: config.digest }];
  expect((await call('PATCH /apps/box/formation', { updates }, RELEASES)).status).toBe(200);
  expect(loaded).toEqual([config.digest]);
  const release = (await context.store.rows.releases.find({ appId, version: 4 }))!;
  const row = await oneOffRow(context, { appId, release, type: 'web', command: '/init', attached: false });
  expect(await dynoSpec(context, row, true)).toMatchObject({ image: config.digest, command: [] });
  expect(loaded).toEqual([config.digest, config.digest]);
});

test('dynos run the image of their type: its own CMD, or a command through its shell', async () => {
  const { context, appNamed } = await boxed();
  const { id: appId } = await appNamed('box');
  const release = (await context.store.rows.releases.find({ appId, version: 3 }))!;
  const specOf = async (type: string, command: string) => {
    const row = await oneOffRow(context, { appId, release, type, command, attached: false });
    const { image, root, command: argv, env } = await dynoSpec(context, row, true);
    return { image, root, argv, hasPath: 'PATH' in env };
  };
  const own = { root: 'image', hasPath: false };
  expect(await specOf('web', './run a')).toEqual({ ...own, image: idOf('a'), argv: [] });
  expect(await specOf('worker', 'work')).toEqual({ ...own, image: idOf('b'), argv: ['/bin/sh', '-c', 'work'] });
  expect(await specOf('run', 'ls')).toEqual({ ...own, image: idOf('a'), argv: ['/bin/sh', '-c', 'ls'] });
});
