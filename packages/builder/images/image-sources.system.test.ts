import { execFileSync } from 'node:child_process';
import { randomBytes, randomUUID } from 'node:crypto';
import { mkdir, symlink, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { freePort } from '@jangada/conformance/free-port';
import { createDockerImages } from '@jangada/engine-docker';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Builder, BuildRequest } from '../index.ts';
import {
  type Built,
  type Files,
  failureOf,
  openTestBuilder,
  type TestBuilder,
  testBuildpack,
  writeFiles,
} from '../test-builder.ts';
import { serveDownloads, type TestDownloads } from '../test-downloads.ts';

/** Sources of image builds are opened as those of buildpack builds are: the same archives end in the same way. */

const images = createDockerImages({
  installId: randomBytes(6).toString('hex'),
  socketPath: '/var/run/docker.sock',
  guard: async () => undefined,
});
let under: TestBuilder;
let builder: Builder;
let downloads: TestDownloads;
beforeAll(async () => {
  const port = await freePort();
  under = await openTestBuilder({}, [port]);
  downloads = await serveDownloads(under.gateway, port, join(under.home.root, 'downloads'));
  builder = await under.withBuildpacks({ ruby: testBuildpack('cd $1 && find . | sort') }, { images });
});
afterAll(async () => {
  for (const imageId of await images.list()) await images.remove(imageId);
  await downloads.close();
  await under.close();
});

type Source = string | Files | Buffer;

const build = (source: Source, request: Partial<BuildRequest> = {}): Promise<Built> =>
  Buffer.isBuffer(source)
    ? under.build({}, { stack: 'container', source: async () => Readable.from([source]), ...request }, { builder })
    : under.build(source, { stack: 'container', ...request }, { builder });

/** How a build of images ends, once it is sure that one with buildpacks ends likewise. */
async function failure(source: Source, request: Partial<BuildRequest>): Promise<unknown> {
  const [ofImages, ofBuildpacks] = [
    await build(source, request),
    await build(source, { ...request, stack: 'heroku-24' }),
  ];
  expect(failureOf(ofImages.result)).toEqual(failureOf(ofBuildpacks.result));
  await under.nothingLeft();
  return failureOf(ofImages.result);
}

/** Lists what it was given, and runs `script` in it. */
const dockerfile = (script = 'true'): string =>
  `FROM test-base:1\nRUN : ${randomUUID()}\nCOPY . /src\nRUN cd /src && find . | sort && ${script}\nCMD true`;

/** A zip archive of these files, made by git. */
async function zip(files: Files, prepare: (folder: string) => Promise<void> = async () => undefined): Promise<Buffer> {
  const folder = await writeFiles(join(under.home.root, `zip-${randomUUID()}`), files);
  await prepare(folder);
  const git = (...args: readonly string[]): Buffer => execFileSync('git', ['-C', folder, ...args]);
  git('init', '-q');
  git('add', '-A');
  git('-c', 'user.name=Test', '-c', 'user.email=test@localhost', 'commit', '-q', '-m', 'All');
  return git('archive', '--format=zip', 'HEAD');
}

async function tar(args: readonly string[], files: Files, prepare = async (_folder: string) => {}): Promise<Buffer> {
  const folder = await writeFiles(join(under.home.root, `tar-${randomUUID()}`), files);
  await prepare(folder);
  return execFileSync('tar', ['-c', '-C', folder, ...args], {
    maxBuffer: 1 << 28,
    stdio: ['ignore', 'pipe', 'ignore'],
  });
}

test('a zip archive becomes an image, with modes and links, without the folder around all', async () => {
  const source = await zip(
    { 'shop-1a2b3c/Dockerfile': dockerfile('./link'), 'shop-1a2b3c/bin/run': '#!/bin/sh\necho ran' },
    (folder) => symlink('bin/run', join(folder, 'shop-1a2b3c/link')),
  );
  const { result, output } = await build(source, { sourceFormat: 'zip' });
  expect(failureOf(result), output).toBe('built');
  expect(output).toMatch(/ \.\/bin\/run\n[\s\S]* ran\n/);
  await under.nothingLeft();
});

test('a folder of an archive is the app, whatever the archive is packed with, and its Dockerfile may be in a folder too', async () => {
  const files = {
    'x/apps/the api/heroku.yml': 'build: {docker: {web: docker/Dockerfile}}\n',
    'x/apps/the api/docker/Dockerfile': dockerfile(),
    'x/apps/the api/docker/inner': '',
    'x/apps/other/secret': '',
  };
  const source = await tar(['-J', '.'], files);
  const { result, output } = await build(source, { sourceFormat: 'xz', sourceDir: 'apps/the api' });
  expect(failureOf(result), output).toBe('built');
  expect(output).toContain('=== Building web (docker/Dockerfile)');
  expect(output).toContain(' ./inner\n');
  expect(output).not.toContain('secret');
});

test('submodules are fetched into the build context, at their commit', async () => {
  await downloads.commit('inner', { 'inner.txt': 'inner content' });
  await downloads.commit('library', { 'library.txt': 'old' });
  await downloads.git('library', 'submodule', '--quiet', 'add', `${downloads.url}/inner.git`, 'nested');
  const pinned = await downloads.commit('library', { 'library.txt': 'pinned content' });
  await downloads.commit('library', { 'library.txt': 'newer content' });
  const gitmodules = `[submodule "lib"]\n\tpath = vendor/a lib\n\turl = ${downloads.url}/library.git\n`;
  const { result, output } = await build(
    { Dockerfile: dockerfile('grep -r content vendor'), '.gitmodules': gitmodules },
    { submodules: [{ path: 'vendor/a lib', commit: pinned }] },
  );
  expect(failureOf(result), output).toBe('built');
  expect(output).toContain(`-----> Git submodules detected, installing:\n       vendor/a lib from ${downloads.url}`);
  expect(output).toContain('vendor/a lib/library.txt:pinned content\n');
  expect(output).toContain('vendor/a lib/nested/inner.txt:inner content\n');
  expect(output).not.toContain('/.git\n');
  expect(result.phases.map(({ name }) => name)).toEqual(['start', 'unpack', 'submodules', 'build web']);
});

test('a submodule that cannot be had fails the build as it does with buildpacks', async () => {
  const url = 'http://me:secret@nothing.invalid/x.git';
  const files = { Dockerfile: dockerfile(), '.gitmodules': `[submodule "l"]\n\tpath = lib\n\turl = ${url}\n` };
  const reason = await failure(files, { submodules: [{ path: 'lib', commit: 'a'.repeat(40) }] });
  expect(reason).toMatchObject({ kind: 'submodule_unavailable', path: 'lib' });
  expect(JSON.stringify(reason)).not.toContain('secret');
});

test('what climbs, swells, is cut off or is not there ends as it does with buildpacks', async () => {
  const zipped = { sourceFormat: 'zip' } as const;
  const climbing = await zip({ 'xx/evil': 'evil' });
  for (let at = climbing.indexOf('xx/'); at >= 0; at = climbing.indexOf('xx/', at + 1)) climbing.write('../', at);
  expect(await failure(climbing, zipped)).toMatchObject({ kind: 'bad_source' });
  const whole = await zip({ a: 'x'.repeat(5_000), b: 'y' });
  expect(await failure(whole.subarray(0, 60), zipped)).toMatchObject({ kind: 'bad_source' });
  const limits = { sourceBytes: 5_000_000 };
  const bomb = await zip({ zeros: '0'.repeat(30_000_000) });
  expect(await failure(bomb, { ...zipped, limits })).toEqual({ kind: 'source_too_large' });
  const packed = await tar(['-z', '-P', '--transform=s,a,../../opt/x,', 'a'], { a: 'evil' });
  expect(await failure(packed, { sourceFormat: 'gzip' })).toMatchObject({ kind: 'bad_source' });
  expect(await failure({ a: '' }, { sourceDir: 'apps/none' })).toMatchObject({
    reason: expect.stringContaining('Correct JANGADA_SOURCE_DIR'),
  });
});

test('files of holes, which are small in the archive, do not swell on the machine', async () => {
  const source = await tar(['-z', '-S', '.'], { Dockerfile: dockerfile() }, async (folder) => {
    for (const name of ['a', 'b', 'c', 'd']) {
      await writeFile(join(folder, name), '');
      await truncate(join(folder, name), 4_000_000);
    }
  });
  expect(source.length).toBeLessThan(10_000);
  const { result } = await build(source, { sourceFormat: 'gzip', limits: { sourceBytes: 5_000_000 } });
  expect(failureOf(result)).toEqual({ kind: 'source_too_large' });
});

test('pointers of Git LFS are named, a .slugignore leaves nothing out, and links lead nowhere out of the tree', async () => {
  const pointer = 'version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12345\n';
  const folder = await writeFiles(join(under.home.root, 'mixed'), {
    Dockerfile: dockerfile('cat outward 2>&1; true'),
    '.gitattributes': '*.bin filter=lfs diff=lfs merge=lfs -text\n',
    'model.bin': pointer,
    '.slugignore': '*.md\n',
    'README.md': '',
  });
  await symlink('/etc/hostname', join(folder, 'outward'));
  const { result, output } = await build(folder);
  expect(failureOf(result), output).toBe('built');
  expect(output).toContain('pointers of Git LFS, not their content: model.bin');
  expect(output).toContain(' ./README.md\n');
});

test('unusual names, the first of them too, and a file of 300 MB arrive as they are', async () => {
  const folder = await writeFiles(join(under.home.root, 'large'), {
    Dockerfile: dockerfile('cat \'ação "x"\' "$(printf %0150d 0)/$(printf %0150d 1)" && stat -c %s large'),
    'ação "x"': 'name\n',
  });
  const deep = join(folder, '0'.repeat(150));
  await mkdir(deep);
  await writeFile(join(deep, `${'0'.repeat(149)}1`), 'deep\n');
  await writeFile(join(folder, 'large'), Buffer.alloc(300 * 1024 * 1024));
  const { result, output } = await build(folder);
  expect(failureOf(result), output).toBe('built');
  expect(output).toMatch(/ name\n#\d+ deep\n#\d+ 314572800\n/);
});
