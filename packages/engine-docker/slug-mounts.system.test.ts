import { execFile } from 'node:child_process';
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { readAll, sampleSpec } from '@jangada/conformance';
import type { Digest, DynoSpec } from '@jangada/core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { mountAs } from './idmapped-mount.ts';
import { createDockerEngine } from './index.ts';
import { createSlugMounts } from './slug-mounts.ts';
import {
  makeSlug,
  openTestInstallation,
  sharedUserReason,
  TEST_IMAGE,
  type TestInstallation,
} from './test-installation.ts';

const run = promisify(execFile);

let installation: TestInstallation;
beforeAll(async () => {
  installation = await openTestInstallation();
});
afterAll(() => installation.close());

/** Slugs that are mounted for all dynos, or as one dyno's below another `folder`. */
async function mounts(folder = installation.options.home.mounts): Promise<string[]> {
  const table = await readFile('/proc/mounts', 'utf8');
  return table.split('\n').filter((line) => line.includes(` ${folder}/`) && line.includes(' squashfs '));
}

const forever = (slug: Digest | null) => sampleSpec(TEST_IMAGE, { command: ['sleep', '3600'], slug });

async function inDyno(dynoId: string, script: string): Promise<string> {
  const { stream } = await installation.engine.exec(dynoId, ['sh', '-c', script], null);
  return (await readAll(stream)).trim();
}

test('dynos of a slug share one mount that each sees as its own, each with a writable copy of its own that ends with it', async () => {
  const { engine, options } = installation;
  const slug = await makeSlug(installation, { 'server.js': 'original\n' });
  const [one, other] = [forever(slug), forever(slug)];
  await Promise.all([engine.start(one), engine.start(other)]);
  expect((await mounts()).length).toBe(1);
  expect((await mounts(options.home.dynos)).length).toBe(sharedUserReason === null ? 2 : 0);
  await inDyno(one.dynoId, 'echo changed > /app/server.js; echo new > /app/new.txt; mkdir /app/folder');
  expect(await inDyno(one.dynoId, 'pwd; cat server.js new.txt; stat -c "%U %G %a" /app; id -un')).toMatch(
    /^\/app\nchanged\nnew\n(u\d+|dyno) dyno 755\n\1$/,
  );
  expect(await inDyno(other.dynoId, 'cat /app/server.js; ls /app')).toBe('original\nserver.js');
  await engine.stop(one.dynoId, 0);
  expect((await mounts()).length).toBe(1);
  expect((await mounts(options.home.dynos)).length).toBe(sharedUserReason === null ? 1 : 0);
  await engine.start(one);
  expect(await inDyno(one.dynoId, 'cat /app/server.js; ls /app')).toBe('original\nserver.js');
  await Promise.all([engine.stop(one.dynoId, 0), engine.stop(other.dynoId, 0)]);
  expect((await mounts()).length).toBe(1);
  expect(await mounts(options.home.dynos)).toEqual([]);
  const left = (await readdir(options.home.dynos)).filter((name) => !name.startsWith('.'));
  expect(left).toEqual([]);
});

test('a new agent finds the mounts of running dynos, and removes what a killed one left half made', async () => {
  const { engine, options } = installation;
  const [used, unused] = [
    await makeSlug(installation, { a: 'used' }),
    await makeSlug(installation, { a: 'unused', b: 'x' }),
  ];
  const dyno = forever(used);
  await engine.start(dyno);
  // What a kill between preparing and starting leaves: a folder, mounts, a volume.
  const mapped = join(options.home.dynos, 'nobody', 'slug');
  await mkdir(mapped, { recursive: true });
  const stray = join(options.home.mounts, unused.slice('sha256:'.length));
  await mkdir(stray, { recursive: true });
  await run('mount', ['-t', 'squashfs', '-o', 'loop,ro', options.slugFile(unused), stray]);
  if (sharedUserReason === null) await mountAs(stray, mapped, 1_200_000);
  const volume = `jangada-${options.installId}-nobody`;
  await run('docker', ['volume', 'create', '--label', `jangada.install=${options.installId}`, volume]);

  const next = createDockerEngine(options);
  await next.open();
  expect((await mounts()).map((line) => line.includes(used.slice(7)))).toEqual([true]);
  expect((await readdir(options.home.dynos)).includes('nobody')).toBe(false);
  expect((await run('docker', ['volume', 'ls', '-q', '--filter', `name=${volume}`])).stdout).toBe('');
  expect((await mounts(options.home.dynos)).map((line) => line.includes(dyno.dynoId))).toEqual(
    sharedUserReason === null ? [true] : [],
  );
  expect((await next.list())[0]).toMatchObject({ dynoId: dyno.dynoId, state: 'running' });
  await next.stop(dyno.dynoId, 0);
  expect((await mounts()).map((line) => line.includes(used.slice(7)))).toEqual([true]);
  expect(await mounts(options.home.dynos)).toEqual([]);
  await next.close();
});

test('a slug that no dyno uses any more rests where it is mounted, as long as few others were left after it', async () => {
  const { options } = installation;
  const folder = join(installation.slugs, 'resting');
  const slugMounts = createSlugMounts({ folder, slugFile: options.slugFile, mostResting: 2 });
  const slugs = await Promise.all(['1', '2', '3'].map((content) => makeSlug(installation, { [content]: content })));
  const resting = async (): Promise<boolean[]> => {
    const table = (await mounts(folder)).join('\n');
    return slugs.map((slug) => table.includes(`${folder}/${slug.slice('sha256:'.length)} `));
  };
  for (const [index, slug] of slugs.entries()) await slugMounts.acquire(slug, `dyno-${index}`);
  await slugMounts.release('dyno-0');
  await slugMounts.release('dyno-1');
  expect(await resting()).toEqual([true, true, true]);
  // The first is taken up again, so the second rests longest when the others are left.
  const point = await slugMounts.acquire(slugs[0]!, 'dyno-3');
  expect(await readFile(join(point, '1'), 'utf8')).toBe('1');
  await slugMounts.release('dyno-2');
  await slugMounts.release('dyno-3');
  expect(await resting()).toEqual([true, false, true]);
  await slugMounts.reconcile(new Map());
  expect(await resting()).toEqual([false, false, false]);
});

test('a resting slug whose file was deleted is let go, and one that a dyno uses is not', async () => {
  const { options } = installation;
  const folder = join(installation.slugs, 'deleted');
  const slugMounts = createSlugMounts({ folder, slugFile: options.slugFile });
  const [kept, used, deleted] = await Promise.all(
    ['a', 'b', 'c'].map((name) => makeSlug(installation, { [name]: 'deleted' })),
  );
  for (const slug of [kept!, used!, deleted!]) await slugMounts.acquire(slug, slug);
  await slugMounts.release(kept!);
  await slugMounts.release(deleted!);
  await Promise.all([used!, deleted!].map((slug) => rm(options.slugFile(slug))));
  await slugMounts.tidy();
  const left = (await readdir(folder)).map((name) => `sha256:${name}`);
  expect(new Set(left)).toEqual(new Set([kept, used]));
  await slugMounts.reconcile(new Map());
});

test('a dyno whose disk cannot be made leaves no container, no volume, no files and no use of its slug', async () => {
  const { engine, options } = installation;
  const slug = await makeSlug(installation, { file: 'of a dyno that never was' });
  const dyno = forever(slug);
  // Smaller than any file system.
  const spec = { ...dyno, limits: { ...dyno.limits, diskBytes: 1_000 } };
  await expect(engine.start(spec)).rejects.toMatchObject({ id: 'engine_unavailable' });
  expect(await engine.list({ appId: dyno.appId })).toEqual([]);
  const volume = `jangada-${options.installId}-${dyno.dynoId}`;
  expect((await run('docker', ['volume', 'ls', '-q', '--filter', `name=${volume}`])).stdout).toBe('');
  expect((await run('docker', ['ps', '-aq', '--filter', `name=${volume}`])).stdout).toBe('');
  await expect.poll(() => readdir(options.home.dynos)).toEqual([]);
  expect((await engine.start(dyno)).state).toBe('running');
  await engine.stop(dyno.dynoId, 0);
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

test('without a slug /app is empty, on disk, and a build’s own', async () => {
  const { engine, options } = installation;
  const build: DynoSpec = {
    ...forever(null),
    user: 'builder',
    limits: { ...forever(null).limits, diskBytes: 256 * 1024 * 1024 },
  };
  await engine.start(build);
  expect(
    await inDyno(build.dynoId, 'ls -A /app; stat -c %u /app; head -c 200M /dev/zero > /app/big; stat -c %s /app/big'),
  ).toBe(`1000\n${200 * 1024 * 1024}`);
  await engine.stop(build.dynoId, 0);
  expect((await readdir(options.home.dynos)).includes(build.dynoId)).toBe(false);
});
