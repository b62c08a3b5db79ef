import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { readAll, sampleSpec } from '@jangada/conformance';
import type { Digest } from '@jangada/core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createDockerEngine } from './index.ts';
import { openTestInstallation, TEST_IMAGE, type TestInstallation } from './test-installation.ts';

const run = promisify(execFile);

let installation: TestInstallation;
beforeAll(async () => {
  installation = await openTestInstallation();
});
afterAll(() => installation.close());

/** Packs files as a slug the way the builder does: everything belongs to the dyno's user. */
async function makeSlug(files: Readonly<Record<string, string>>): Promise<Digest> {
  const tree = join(installation.slugs, `tree-${Object.keys(files).length}-${performance.now()}`);
  await mkdir(tree);
  for (const [name, content] of Object.entries(files)) await writeFile(join(tree, name), content);
  const image = `${tree}.sqfs`;
  await run('mksquashfs', [tree, image, '-comp', 'zstd', '-no-progress', '-force-uid', '1000', '-force-gid', '1000']);
  const digest = `sha256:${createHash('sha256')
    .update(await readFile(image))
    .digest('hex')}`;
  await rename(image, installation.options.slugFile(digest));
  return digest;
}

async function mounts(): Promise<string[]> {
  const table = await readFile('/proc/mounts', 'utf8');
  return table.split('\n').filter((line) => line.includes(installation.slugs) && line.includes(' squashfs '));
}

const forever = (slug: Digest | null) => sampleSpec(TEST_IMAGE, { command: ['sleep', '3600'], slug });

async function inDyno(dynoId: string, script: string): Promise<string> {
  const { stream } = await installation.engine.exec(dynoId, ['sh', '-c', script], null);
  return (await readAll(stream)).trim();
}

test('dynos of a slug share one mount, each with a writable copy of its own that ends with it', async () => {
  const { engine, options } = installation;
  const slug = await makeSlug({ 'server.js': 'original\n' });
  const [one, other] = [forever(slug), forever(slug)];
  await Promise.all([engine.start(one), engine.start(other)]);
  expect((await mounts()).length).toBe(1);
  await inDyno(one.dynoId, 'echo changed > /app/server.js; echo new > /app/new.txt; mkdir /app/folder');
  expect(await inDyno(one.dynoId, 'pwd; cat server.js new.txt; stat -c "%u %a" /app')).toBe(
    '/app\nchanged\nnew\n1000 755',
  );
  expect(await inDyno(other.dynoId, 'cat /app/server.js; ls /app')).toBe('original\nserver.js');
  await engine.stop(one.dynoId, 0);
  expect((await mounts()).length).toBe(1);
  await engine.start(one);
  expect(await inDyno(one.dynoId, 'cat /app/server.js; ls /app')).toBe('original\nserver.js');
  await Promise.all([engine.stop(one.dynoId, 0), engine.stop(other.dynoId, 0)]);
  expect(await mounts()).toEqual([]);
  const left = (await readdir(options.home.dynos)).filter((name) => !name.startsWith('.'));
  expect(left).toEqual([]);
});

test('a new agent finds the mounts of running dynos, and removes what a killed one left half made', async () => {
  const { engine, options } = installation;
  const [used, unused] = [await makeSlug({ a: 'used' }), await makeSlug({ a: 'unused', b: 'x' })];
  const dyno = forever(used);
  await engine.start(dyno);
  // What a kill between preparing and starting leaves: a folder, a mount, a volume.
  await mkdir(join(options.home.dynos, 'nobody', 'upper'), { recursive: true });
  const stray = join(options.home.mounts, unused.slice('sha256:'.length));
  await mkdir(stray, { recursive: true });
  await run('mount', ['-t', 'squashfs', '-o', 'loop,ro', options.slugFile(unused), stray]);
  const volume = `jangada-${options.installId}-nobody`;
  await run('docker', ['volume', 'create', '--label', `jangada.install=${options.installId}`, volume]);

  const next = createDockerEngine(options);
  await next.open();
  expect((await mounts()).map((line) => line.includes(used.slice(7)))).toEqual([true]);
  expect((await readdir(options.home.dynos)).includes('nobody')).toBe(false);
  expect((await run('docker', ['volume', 'ls', '-q', '--filter', `name=${volume}`])).stdout).toBe('');
  expect((await next.list())[0]).toMatchObject({ dynoId: dyno.dynoId, state: 'running' });
  await next.stop(dyno.dynoId, 0);
  expect(await mounts()).toEqual([]);
  await next.close();
});

test('a file that is no squashfs image is a slug that was not found, and leaves no mount point', async () => {
  const { engine, options } = installation;
  const digest = `sha256:${'b'.repeat(64)}`;
  await writeFile(options.slugFile(digest), 'not an image');
  await expect(engine.start(forever(digest))).rejects.toMatchObject({ id: 'slug_not_found' });
  expect((await readdir(options.home.mounts)).includes('b'.repeat(64))).toBe(false);
  await expect.poll(() => readdir(options.home.dynos)).toEqual([]);
  expect(await readFile('/proc/mounts', 'utf8')).not.toContain(options.home.dynos);
});

test('without a slug /app is empty, on disk, and the dyno’s own', async () => {
  const { engine, options } = installation;
  const build = { ...forever(null), limits: { ...forever(null).limits, diskBytes: 256 * 1024 * 1024 } };
  await engine.start(build);
  expect(
    await inDyno(build.dynoId, 'ls -A /app; stat -c %u /app; head -c 200M /dev/zero > /app/big; stat -c %s /app/big'),
  ).toBe(`1000\n${200 * 1024 * 1024}`);
  await engine.stop(build.dynoId, 0);
  expect((await readdir(options.home.dynos)).includes(build.dynoId)).toBe(false);
});
