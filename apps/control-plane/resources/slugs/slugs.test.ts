import { gzipSync } from 'node:zlib';
import type { BuildRequest } from '@jangada/builder';
import { expect, test } from 'vitest';
import type { Context } from '../../context.ts';
import { buildAnything } from '../../http/testing/build-anything.ts';
import { createTestApi } from '../../http/testing/test-api.ts';

const ARCHIVE = gzipSync(Buffer.alloc(1_024));
const GIGABYTE = 1024 ** 3;
const pathOf = (url: string): string => new URL(url).pathname;

async function newSlug(change: object = {}, context: Partial<Context> = {}) {
  const built: BuildRequest[] = [];
  const api = await createTestApi(context, (request, signal) => {
    built.push(request);
    return buildAnything(request, signal);
  });
  await api.call('POST /apps', { name: 'shop' });
  const slug = await api.call('POST /apps/shop/slugs', { process_types: { web: 'node web.js' }, ...change });
  return { api, built, slug: slug.body, status: slug.status };
}

test('a slug is declared, uploaded, converted once and released', async () => {
  const { api, built, slug, status } = await newSlug({ commit: 'abcdef1234' });
  expect(status).toBe(201);
  expect(slug).toMatchObject({ blob: { method: 'put' }, size: null, stack: { name: 'heroku-24' } });
  expect(await api.call('POST /apps/shop/releases', { slug: slug.id })).toMatchObject({
    status: 422,
    body: { message: expect.stringContaining('no content yet') },
  });

  expect((await api.call(`PUT ${pathOf(slug.blob.url)}`, ARCHIVE, { as: null })).status).toBe(200);
  expect(built).toMatchObject([{ kind: 'slug', sourceFormat: 'gzip' }]);
  const { body: after } = await api.call(`GET /apps/shop/slugs/${slug.id}`);
  expect(after).toMatchObject({ blob: { method: 'get' }, size: ARCHIVE.length });
  expect(after.checksum).toMatch(/^SHA256:[0-9a-f]{64}$/);
  const { body: release } = await api.call('POST /apps/shop/releases', { slug: slug.id });
  expect(release).toMatchObject({ version: 3, description: 'Deploy abcdef12', slug: { id: slug.id } });
  expect(await api.call(`PUT ${pathOf(slug.blob.url)}`, ARCHIVE, { as: null })).toMatchObject({ status: 409 });
});

test('an archive with another checksum, or that is none, is refused and not kept', async () => {
  const { api, built, slug } = await newSlug({ checksum: `SHA256:${'0'.repeat(64)}` });
  const put = `PUT ${pathOf(slug.blob.url)}`;
  expect(await api.call(put, ARCHIVE, { as: null })).toMatchObject({
    status: 422,
    body: { message: expect.stringContaining('checksum does not fit') },
  });
  const { slug: other, api: second } = await newSlug();
  expect(await second.call(`PUT ${pathOf(other.blob.url)}`, Buffer.from('PK'), { as: null })).toMatchObject({
    status: 422,
  });
  expect(built).toEqual([]);
  for (const { context } of [api, second]) {
    for await (const blob of context.blobs.list()) expect(blob).toBeUndefined();
  }
});

test.each([
  ['before it is uploaded', [2 * GIGABYTE - 1]],
  ['while it is uploaded', [2 * GIGABYTE, GIGABYTE - 1]],
])('an archive for which there is no room %s is refused and not kept', async (_when, free) => {
  const { api, built, slug } = await newSlug({}, { freeBytes: async () => free.shift() ?? 0 });
  expect(await api.call(`PUT ${pathOf(slug.blob.url)}`, ARCHIVE, { as: null })).toMatchObject({
    status: 507,
    body: { id: 'disk_full', message: expect.stringContaining('too little disk space for slugs') },
  });
  expect(built).toEqual([]);
  expect(await Array.fromAsync(api.context.blobs.list())).toEqual([]);
});

test('process types must be names, and a slug of nobody is not found', async () => {
  expect(await newSlug({ process_types: { 'w b': 'x' } })).toMatchObject({ status: 422 });
  const { api } = await newSlug();
  expect((await api.call('PUT /slugs/forged.token', ARCHIVE, { as: null })).status).toBe(404);
  expect((await api.call('GET /slugs/forged.token', undefined, { as: null })).status).toBe(404);
});

test('the slug of one app is released on another by who may deploy both, with the very same content', async () => {
  const { api, slug } = await newSlug();
  await api.call(`PUT ${pathOf(slug.blob.url)}`, ARCHIVE, { as: null });
  await api.call('POST /apps', { name: 'production' });
  const { body: release } = await api.call('POST /apps/production/releases', { slug: slug.id });
  const { rows } = api.context.store;
  const copy = await rows.slugs.get(release.slug.id);
  expect(copy).toMatchObject({ digest: (await rows.slugs.get(slug.id))?.digest, processTypes: { web: 'node web.js' } });
  expect(copy?.id).not.toBe(slug.id);

  const stranger = await api.addPerson('bia@example.com');
  await api.call('POST /apps', { name: 'theirs' }, { as: stranger });
  const stolen = await api.call('POST /apps/theirs/releases', { slug: slug.id }, { as: stranger });
  expect(stolen.status).toBe(404);
});
