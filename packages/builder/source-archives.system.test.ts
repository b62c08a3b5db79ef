import { execFileSync } from 'node:child_process';
import { mkdir, symlink, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { BuildRequest } from './index.ts';
import { type Built, failureOf, openTestBuilder, type TestBuilder, testBuildpack, writeFiles } from './test-builder.ts';

let under: TestBuilder;
let lister: Awaited<ReturnType<TestBuilder['withBuildpacks']>>;

beforeAll(async () => {
  under = await openTestBuilder();
  lister = await under.withBuildpacks({ ruby: testBuildpack('cd $1 && find . | sort') });
});
afterAll(() => under.close());

const build = (archive: Buffer, request: Partial<BuildRequest>): Promise<Built> =>
  under.build({}, { source: async () => Readable.from([archive]), ...request }, { builder: lister });

/** Packs with tar, which may be asked for what no honest archive holds. */
async function tar(name: string, args: readonly string[], files: Readonly<Record<string, string>>): Promise<Buffer> {
  const folder = await writeFiles(join(under.home.root, name), files);
  return execFileSync('tar', ['-c', '-C', folder, ...args], {
    maxBuffer: 1 << 28,
    stdio: ['ignore', 'pipe', 'ignore'],
  });
}

test('archives are taken in every format, with or without a folder around all', async () => {
  const files = { 'shop-1a2b3c/Procfile': 'web: true\n', 'shop-1a2b3c/.env': 'x' };
  for (const [sourceFormat, flag] of [
    ['gzip', '-z'],
    ['xz', '-J'],
    ['tar', '--format=ustar'],
  ] as const) {
    const { result, output } = await build(await tar('formats', [flag, '.'], files), { sourceFormat });
    expect(failureOf(result), output).toBe('built');
    expect(output).toContain('\n./Procfile\n');
  }
  const flat = await build(await tar('flat', ['-z', '.'], { a: '', 'b/c': '' }), { sourceFormat: 'gzip' });
  expect(flat.output).toContain('\n./b/c\n');
});

/** Packs with git, which can be asked for little that is dishonest: the rest is done to its bytes. */
async function zip(name: string, files: Readonly<Record<string, string>>): Promise<Buffer> {
  const folder = await writeFiles(join(under.home.root, name), files);
  const git = (...args: readonly string[]): Buffer => execFileSync('git', ['-C', folder, ...args]);
  git('init', '-q');
  git('add', '-A');
  git('-c', 'user.name=Test', '-c', 'user.email=test@localhost', 'commit', '-q', '-m', 'All');
  return git('archive', '--format=zip', 'HEAD');
}

test('a zip archive is taken with its modes and links, and may have a folder around all', async () => {
  const files = { 'shop-1a2b3c/Procfile': 'web: bin/run\n', 'shop-1a2b3c/bin/run': '#!/bin/sh\necho ran' };
  const folder = await writeFiles(join(under.home.root, 'zipped'), files);
  await symlink('bin/run', join(folder, 'shop-1a2b3c/link'));
  const { result, output } = await build(await zip('zipped', {}), { sourceFormat: 'zip' });
  expect(failureOf(result), output).toBe('built');
  expect(output).toContain('\n./Procfile\n');
  expect(await under.run(result, './link')).toBe('ran\n');
});

test('a zip archive that climbs, is cut off or swells too much ends in a clear failure', async () => {
  const climbing = await zip('zip-climb', { 'xx/evil': 'evil' });
  for (let at = climbing.indexOf('xx/'); at >= 0; at = climbing.indexOf('xx/', at + 1)) climbing.write('../', at);
  expect(failureOf((await build(climbing, { sourceFormat: 'zip' })).result)).toMatchObject({
    kind: 'bad_source',
    reason: expect.stringContaining("contains '..'"),
  });
  const whole = await zip('zip-cut', { a: 'x'.repeat(5_000), b: 'y' });
  expect(failureOf((await build(whole.subarray(0, 60), { sourceFormat: 'zip' })).result)).toMatchObject({
    kind: 'bad_source',
  });
  const bomb = await zip('zip-bomb', { zeros: '0'.repeat(30_000_000) });
  expect(bomb.length).toBeLessThan(100_000);
  const limits = { sourceBytes: 5_000_000 };
  expect(failureOf((await build(bomb, { sourceFormat: 'zip', limits })).result)).toEqual({ kind: 'source_too_large' });
  await under.nothingLeft();
});

test('paths and links that lead out of the tree end in the tree or in a clear failure', async () => {
  const climbing = await tar('climb', ['-z', '-P', '--transform=s,a,../../opt/x,', 'a'], { a: 'evil' });
  expect(failureOf((await build(climbing, { sourceFormat: 'gzip' })).result)).toMatchObject({
    kind: 'bad_source',
    reason: expect.stringContaining("contains '..'"),
  });
  const folder = join(under.home.root, 'links');
  await mkdir(folder, { recursive: true });
  await symlink('/etc', join(folder, 'out'));
  const first = execFileSync('tar', ['-c', '-C', folder, 'out']);
  const second = await tar('through', ['-P', '--transform=s,^f,out/f,', 'f'], { f: 'evil' });
  const through = Buffer.concat([first.subarray(0, 512), second]);
  const { result, output } = await build(gzipSync(through), { sourceFormat: 'gzip' });
  expect(['bad_source', 'built']).toContain(
    typeof failureOf(result) === 'string' ? failureOf(result) : (failureOf(result) as { kind: string }).kind,
  );
  expect(output).not.toContain('evil');
  await under.nothingLeft();
});

test('a bomb stops at the limit, small as its archive is', async () => {
  const archive = gzipSync(await tar('bomb', ['zeros'], { zeros: '0'.repeat(30_000_000) }));
  expect(archive.length).toBeLessThan(100_000);
  const limits = { sourceBytes: 5_000_000 };
  expect(failureOf((await build(archive, { sourceFormat: 'gzip', limits })).result)).toEqual({
    kind: 'source_too_large',
  });
  const hole = join(under.home.root, 'hole');
  await mkdir(hole, { recursive: true });
  await writeFile(join(hole, 'sparse'), '');
  await truncate(join(hole, 'sparse'), 3 * 1024 ** 3);
  const sparse = execFileSync('tar', ['-c', '-z', '-S', '-C', hole, 'sparse']);
  expect(failureOf((await build(sparse, { sourceFormat: 'gzip', limits })).result)).toEqual({
    kind: 'source_too_large',
  });
  await under.nothingLeft();
});

test('an archive that is cut off or damaged says so', async () => {
  const whole = await tar('whole', ['-z', '.'], { a: 'x'.repeat(5_000), b: 'y' });
  const cut = await build(whole.subarray(0, whole.length - 40), { sourceFormat: 'gzip' });
  expect(failureOf(cut.result)).toMatchObject({ kind: 'bad_source', reason: expect.stringMatching(/gzip|tar/) });
});

test('a folder of a repository can be the app, and nothing outside of it can', async () => {
  const files = { 'apps/the api/Procfile': 'web: true\n', 'apps/web/x': '' };
  const inside = await under.build(files, { sourceDir: 'apps/the api' }, { builder: lister });
  expect(inside.output).toContain('\n./Procfile\n');
  expect(inside.output).not.toContain('apps');
  for (const sourceDir of ['apps/none', '../..', 'apps/web/x']) {
    const { result } = await under.build(files, { sourceDir }, { builder: lister });
    expect(failureOf(result)).toMatchObject({
      kind: 'bad_source',
      reason: expect.stringContaining(`There is no folder ${sourceDir}`),
    });
  }
});

test('pointers of Git LFS are named', async () => {
  const pointer = 'version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12345\n';
  const { output } = await under.build(
    { '.gitattributes': '*.bin filter=lfs diff=lfs merge=lfs -text\n', 'model.bin': pointer, 'small.txt': 'x' },
    {},
    { builder: lister },
  );
  expect(output).toContain('pointers of Git LFS, not their content: model.bin');
});

test('unusual names, modes, links and a large file arrive as they are', async () => {
  const folder = await writeFiles(join(under.home.root, 'unusual'), {
    'ação "x"\n\\ $(y)': 'name',
    'bin/run': '#!/bin/sh',
  });
  await writeFile(join(folder, 'large'), Buffer.alloc(300 * 1024 * 1024));
  await symlink('bin/run', join(folder, 'link'));
  const { result } = await under.build(folder, {}, { builder: lister });
  expect(failureOf(result)).toBe('built');
  const seen = await under.run(
    result,
    'cat "ação \\"x\\""*; stat -c %s large; readlink link; test -x bin/run && echo runs',
  );
  expect(seen.replaceAll('\r', '').trim().split('\n')).toEqual(['name314572800', 'bin/run', 'runs']);
});
