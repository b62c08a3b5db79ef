import { execFileSync } from 'node:child_process';
import { mkdir, readdir, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { exportSlug } from './index.ts';
import { failureOf, openTestBuilder, type TestBuilder, testBuildpack, writeFiles } from './test-builder.ts';

let under: TestBuilder;
const { signal } = new AbortController();

beforeAll(async () => {
  under = await openTestBuilder();
});
afterAll(() => under.close());

test('a slug goes out as ./app in a .tgz, comes back in, and is the same tree', async () => {
  const folder = await writeFiles(join(under.home.root, 'tree'), { 'app/bin/run': 'hello', 'app/.profile': 'x=1' });
  await symlink('bin/run', join(folder, 'app', 'link'));
  const archive = execFileSync('tar', ['-cz', '-C', folder, './app']);
  const request = { kind: 'slug', sourceFormat: 'gzip', appId: 'app-7' } as const;
  const { result } = await under.build({}, { ...request, source: async () => Readable.from([archive]) });
  if (!result.ok || result.digest === null) throw new Error(JSON.stringify(result));
  expect(await readdir(under.home.caches)).not.toContain('app-7');
  expect((await under.run(result, 'cat link; test -x bin/run && echo " runs"')).trim()).toBe('hello runs');

  const work = join(under.home.root, 'work');
  const out = await buffer(await exportSlug(under.blobs.pathOf(result.digest), work, signal));
  const listed = execFileSync('tar', ['-tz'], { input: out }).toString().trim().split('\n').sort();
  expect(listed).toEqual(['./app/', './app/.profile', './app/bin/', './app/bin/run', './app/link']);
  expect(await readdir(work)).toEqual([]);
  const again = await under.build({}, { ...request, source: async () => Readable.from([out]) });
  expect(failureOf(again.result)).toBe('built');
  expect((await under.run(again.result, 'cat .profile bin/run')).trim()).toBe('x=1hello');
});

test('an archive without the folder app is refused', async () => {
  const folder = await writeFiles(join(under.home.root, 'other'), { 'src/x': '' });
  const archive = execFileSync('tar', ['-cz', '-C', folder, '.']);
  const { result } = await under.build(
    {},
    { kind: 'slug', sourceFormat: 'gzip', source: async () => Readable.from([archive]) },
  );
  expect(failureOf(result)).toMatchObject({ kind: 'bad_source', reason: expect.stringContaining('folder named app') });
});

test('a download that is given up leaves nothing', async () => {
  const { result } = await under.build(
    { big: 'x'.repeat(100_000) },
    {},
    { builder: await under.withBuildpacks({ ruby: testBuildpack('true') }) },
  );
  if (!result.ok || result.digest === null) throw new Error('not built');
  const work = join(under.home.root, 'given-up');
  const stream = await exportSlug(under.blobs.pathOf(result.digest), work, signal);
  for await (const chunk of stream) {
    expect(chunk).toBeDefined();
    break;
  }
  await expect.poll(() => readdir(work)).toEqual([]);
});

test('a build that puts a link to the machine in place of its tree packs the link, not the machine', async () => {
  const target = join(under.home.root, 'secrets');
  await mkdir(target);
  await writeFiles(target, { secret: 'host secret' });
  const builder = await under.withBuildpacks({ ruby: testBuildpack(`cd /; rm -rf $1; ln -s ${target} $1`) });
  const { result } = await under.build({ a: '' }, {}, { builder });
  if (!result.ok || result.digest === null) throw new Error('not built');
  const listed = execFileSync('unsquashfs', ['-l', under.blobs.pathOf(result.digest)]).toString();
  expect(listed).not.toContain('secret\n');
});
