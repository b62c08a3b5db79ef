import { join } from 'node:path';
import { freePort } from '@jangada/conformance/free-port';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { BuildRequest } from './index.ts';
import { type Built, type Files, failureOf, openTestBuilder, type TestBuilder, testBuildpack } from './test-builder.ts';
import { serveDownloads, type TestDownloads } from './test-downloads.ts';

let under: TestBuilder;
let downloads: TestDownloads;
let lister: Awaited<ReturnType<TestBuilder['withBuildpacks']>>;

beforeAll(async () => {
  const port = await freePort();
  under = await openTestBuilder({}, [port]);
  downloads = await serveDownloads(under.gateway, port, join(under.home.root, 'downloads'));
  lister = await under.withBuildpacks({ ruby: testBuildpack('cd $1 && find . | sort && grep -r . vendor || true') });
});
afterAll(async () => {
  await downloads.close();
  await under.close();
});

const build = (files: Files, submodules: BuildRequest['submodules'] & object, more = {}): Promise<Built> =>
  under.build(files, { submodules, ...more }, { builder: lister });
const modules = (entries: Readonly<Record<string, string>>): Files => ({
  '.gitmodules': Object.entries(entries)
    .map(([path, url]) => `[submodule "${path} of ours"]\n\tpath = ${path}\n\turl = ${url}\n`)
    .join(''),
});

test('submodules are fetched at their commit, with those of their own, and leave no repository behind', async () => {
  await downloads.commit('inner', { 'inner.txt': 'inner content' });
  const old = await downloads.commit('library', { 'library.txt': 'old content' });
  await downloads.git('library', 'submodule', '--quiet', 'add', `${downloads.url}/inner.git`, 'nested');
  const pinned = await downloads.commit('library', { 'library.txt': 'pinned content' });
  await downloads.commit('library', { 'library.txt': 'newer content' });
  const files = modules({
    'vendor/a lib': `${downloads.url}/library.git`,
    'vendor/old': `${downloads.url}/library.git`,
  });
  const { result, output } = await build(files, [
    { path: 'vendor/a lib', commit: pinned },
    { path: 'vendor/old', commit: old },
  ]);
  expect(failureOf(result), output).toBe('built');
  expect(output).toContain(
    `-----> Git submodules detected, installing:\n       vendor/a lib from ${downloads.url}/library.git\n`,
  );
  expect(output).toContain('vendor/a lib/library.txt:pinned content');
  expect(output).toContain('vendor/a lib/nested/inner.txt:inner content');
  expect(output).toContain('vendor/old/library.txt:old content');
  expect(output).not.toContain('/.git\n');
});

test('a submodule outside of the folder that is the app is not fetched', async () => {
  const files = { ...modules({ 'other/lib': 'http://nothing.invalid/x.git' }), 'apps/api/a': '' };
  const { result } = await build(files, [{ path: 'other/lib', commit: 'a'.repeat(40) }], { sourceDir: 'apps/api' });
  expect(failureOf(result)).toBe('built');
});

test.each([
  ['at a host that is not there', 'http://me:secret@nothing.invalid/x.git', 'Could not resolve host'],
  ['over ssh', 'git@github.com:x/y.git', 'Its URL is git@github.com:x/y.git.'],
  ['beside its own repository', '../y.git', 'Its URL is ../y.git.'],
  ['on this very machine', 'http://127.0.0.1:1/x.git', 'Failed to connect'],
])(
  'a submodule %s fails the build with its path and the reason, not with its password',
  async (_where, url, reason) => {
    const { result, output } = await build(modules({ lib: url }), [{ path: 'lib', commit: 'a'.repeat(40) }]);
    expect(failureOf(result)).toMatchObject({
      kind: 'submodule_unavailable',
      path: 'lib',
      reason: expect.stringContaining(reason),
    });
    expect(JSON.stringify(result) + output).not.toContain('secret');
    await under.nothingLeft();
  },
);

test('a submodule that .gitmodules does not know says so', async () => {
  const { result } = await build({ a: '' }, [{ path: 'lib', commit: 'a'.repeat(40) }]);
  expect(failureOf(result)).toMatchObject({ reason: 'The file .gitmodules has no URL for it.' });
});
