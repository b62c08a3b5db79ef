import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { gzipSync } from 'node:zlib';
import type { BuildResult } from '@jangada/builder';
import { homeLayout, type Images } from '@jangada/core';
import { PlatformError } from '@jangada/platform-api';
import { pack } from 'tar-stream';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createTestApi, type TestApi } from '../http/testing/test-api.ts';
import { keepReleasedImages } from './keep-images.ts';

const CONFIG = '{"rootfs":{"diff_ids":[]}}';
const FOREVER = new AbortController().signal;
let root: string;
let api: TestApi;
let imageId: string;
/** What the engine does when it is asked for an image. */
let save: Images['save'];

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'keep-images-'));
  const images = { save: (...asked) => save(...asked) } as Pick<Images, 'save'> as Images;
  api = await createTestApi({ images, home: homeLayout(root) }, async () => built());
  imageId = (await api.context.blobs.put(Readable.from([Buffer.from(CONFIG)]))).digest;
  await api.call('POST /apps', { name: 'box', stack: 'container' });
});
afterEach(() => rm(root, { recursive: true }));

function built(): BuildResult {
  const images = { web: { imageId, command: null }, worker: { imageId, command: 'work' } };
  const facts = { buildpackDescription: 'Docker', buildpacks: [], phases: [] };
  return { ok: true, ...facts, digest: null, size: 10, images, processTypes: { web: './run', worker: 'work' } };
}

function saved(): Readable {
  const archive = pack();
  archive.entry({ name: 'x.json' }, CONFIG);
  archive.entry({ name: 'manifest.json' }, JSON.stringify([{ Config: 'x.json', Layers: [] }]));
  archive.finalize();
  return Readable.from(archive, { objectMode: false });
}

/** The output of a build, once it is whole. */
async function deploy(): Promise<string> {
  const { source_blob: urls } = (await api.call('POST /sources')).body;
  await api.call(`PUT ${new URL(urls.put_url).pathname}`, gzipSync(Buffer.alloc(1_024)), { as: null });
  const { body: build } = await api.call('POST /apps/box/builds', { source_blob: { url: urls.get_url } });
  return (await api.call(`GET ${new URL(build.output_stream_url).pathname}`, undefined, { as: null })).body;
}

test('the release of a build does not wait for its images to be stored, but the end of its output does', async () => {
  const asked = Promise.withResolvers<readonly string[]>();
  const given = Promise.withResolvers<Readable>();
  save = async (imageIds) => {
    asked.resolve(imageIds);
    return given.promise;
  };
  let isOver = false;
  const deploying = deploy().finally(() => {
    isOver = true;
  });
  expect(await asked.promise).toEqual([imageId]);
  expect((await api.call('GET /apps/box/releases/3')).body.status).toBe('succeeded');
  expect([isOver, api.parts.running.idle]).toEqual([false, false]);
  given.resolve(saved());
  expect(await deploying).toMatch(/Released v3[\s\S]*Verifying deploy\.\.\. done\.\n$/);
  const { id: appId } = await api.appNamed('box');
  expect(await api.context.store.rows.pushedImages.list({ appId })).toMatchObject([{ type: 'web', tags: [], imageId }]);
});

test('images that cannot be stored are told of, and stored when the platform tidies', async () => {
  save = async () => {
    throw new PlatformError('disk_full', 'The disk is full. The operator has to make room.');
  };
  expect(await deploy()).toMatch(/Released v3[\s\S]* ! {5}The images .* engine\. The disk is full\./);
  expect(api.reports.map(({ event }) => event)).toEqual(['images.not_kept']);
  expect((await api.call('GET /apps/box/releases/3')).body.status).toBe('succeeded');
  save = async () => saved();
  await keepReleasedImages(api.context, api.parts.running, FOREVER);
  expect(await api.context.store.rows.pushedImages.count({ imageId })).toBe(1);
});

test('what was interrupted by a kill is made up for at the next start, and nothing is stored twice', async () => {
  let times = 0;
  const slug = await api.deploy(await api.appNamed('box'), { web: './run' });
  const images = { web: { imageId, command: null } };
  await api.context.store.rows.slugs.update(slug.id, { digest: null, images, stack: 'container' });
  save = async () => {
    times += 1;
    return saved();
  };
  for (let starts = 0; starts < 3; starts++) await keepReleasedImages(api.context, api.parts.running, FOREVER);
  expect([times, api.reports]).toEqual([1, []]);
});
