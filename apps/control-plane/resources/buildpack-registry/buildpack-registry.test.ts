import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { formatBuildpackRegistry, homeLayout, registerBuildpack } from '@jangada/core';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createTestApi, type TestApi } from '../../http/testing/test-api.ts';

let root: string;
let api: TestApi;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'jangada-registry-'));
  api = await createTestApi({ home: homeLayout(root) });
  const own = join(root, 'buildpacks');
  const asked = { name: 'acme/rust', url: 'https://me:secret@git.example/rust.git#v1', description: 'Rust apps' };
  await mkdir(join(own, 'acme', 'zig'), { recursive: true });
  await writeFile(join(own, 'acme', 'zig', 'README.md'), '# Zig');
  await writeFile(join(own, 'acme', 'notes.txt'), '');
  await writeFile(join(own, 'registry.json'), formatBuildpackRegistry(registerBuildpack([], asked, new Date(0))));
});
afterEach(() => rm(root, { recursive: true }));

const names = async (query: string): Promise<readonly string[]> => {
  const { body } = await api.call(`GET /bpreg/buildpacks${query}`, undefined, { as: null });
  return body.map((each: { namespace: string; name: string }) => `${each.namespace}/${each.name}`);
};

test('the search finds by namespace, name and description, and everything without a question', async () => {
  expect(await names('')).toEqual(expect.arrayContaining(['heroku/nodejs', 'heroku/static', 'acme/rust', 'acme/zig']));
  expect(await names('')).not.toContain('acme/notes');
  expect(await names('?in[namespace][]=acme')).toEqual(['acme/rust', 'acme/zig']);
  expect(await names('?in[name][]=rust&in[name][]=static')).toEqual(['heroku/static', 'acme/rust']);
  expect(await names(`?like[description]=${encodeURIComponent('rust apps')}`)).toEqual(['acme/rust']);
});

test('a buildpack, its versions and its readme are told without secrets of its URL', async () => {
  const { body } = await api.call('GET /bpreg/buildpacks/acme%2Frust');
  expect(body).toMatchObject({
    namespace: 'acme',
    name: 'rust',
    blob_url: 'https://buildpack-registry.s3.amazonaws.com/buildpacks/acme/rust.tgz',
    support: { method: 'website', address: 'https://git.example/rust.git' },
  });
  expect(JSON.stringify(body)).not.toContain('secret');
  const versions = await api.call('GET /bpreg/buildpacks/acme%2Frust/revisions');
  expect(versions.body).toMatchObject([{ release: 1, status: 'published', ref: 'v1' }]);
  const readme = await api.call('GET /bpreg/buildpacks/acme%2Fzig/readme');
  expect(Buffer.from(readme.body.content, 'base64').toString()).toBe('# Zig');
});

test('an unknown name is not found, and the answer has where Heroku’s registry would have it', async () => {
  expect(await api.call('GET /bpreg/buildpacks/acme%2Fnone')).toMatchObject({
    status: 404,
    body: { id: 'not_found', blob_url: 'https://buildpack-registry.s3.amazonaws.com/buildpacks/acme/none.tgz' },
  });
  expect(await api.call('GET /bpreg/buildpacks/acme%2Fnone/revisions')).toMatchObject({ status: 404 });
  expect(await api.call('GET /bpreg/buildpacks/..%2F..%2Fetc')).toMatchObject({ status: 422 });
});

test('a registry that cannot be read says what is wrong with it', async () => {
  await writeFile(join(root, 'buildpacks', 'registry.json'), '{');
  const { status, body } = await api.call('GET /bpreg/buildpacks');
  expect([status, body.message]).toEqual([422, expect.stringContaining('It is not JSON')]);
});
