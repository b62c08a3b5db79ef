import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { zstdCompressSync } from 'node:zlib';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openEngineImages } from './engine-images.ts';
import { readRecipe } from './recipe.ts';
import { openStack, type StackOptions } from './stack.ts';

const SOCKET = process.env['DOCKER_SOCKET'] || '/var/run/docker.sock';
const RECIPES = join(import.meta.dirname, '..', '..', 'stack');
const run = promisify(execFile);

let folder: string;
let options: StackOptions;
let images: string[];

/** A recipe like ours under digests of its own, so that no real image is touched. */
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'stack-'));
  images = [];
  const recipes = join(folder, 'recipes');
  await cp(RECIPES, recipes, { recursive: true });
  const path = join(recipes, 'heroku-24', 'recipe.json');
  const recipe = JSON.parse(await readFile(path, 'utf8'));
  recipe.layers.base.packages.push(`only-in-test-${process.pid}-${Date.now()}`);
  await writeFile(path, JSON.stringify(recipe));
  const home = { stack: join(folder, 'stack'), processLogs: join(folder, 'logs') };
  await mkdir(home.stack);
  options = { home, dockerSocket: SOCKET, recipeFolder: recipes };
});

afterEach(async () => {
  const engine = openEngineImages(SOCKET);
  for (const image of images) await engine.call('DELETE', `/images/${image}`, undefined, { allow: [404] });
  await rm(folder, { recursive: true, force: true });
});

/** Leaves a tiny root file system where the cache of the first layer is looked for. */
async function fillCache(): Promise<string> {
  const { layers } = await readRecipe(options.recipeFolder!, 'heroku-24');
  await mkdir(join(folder, 'root', 'app'), { recursive: true });
  await run('tar', ['-cf', join(folder, 'root.tar'), '-C', join(folder, 'root'), '.']);
  const archive = zstdCompressSync(await readFile(join(folder, 'root.tar')));
  await writeFile(join(options.home.stack, `heroku-24-base-${layers.base.hash}.tar.zst`), archive);
  images.push(layers.base.image);
  return layers.base.image;
}

test('an emptied engine gets the first layer back from the cache, and every variant runs on it', async () => {
  const image = await fillCache();
  const stacks = openStack(options);
  await expect(stacks.image('heroku-24', 'run')).rejects.toMatchObject({ id: 'stack_not_found' });
  expect(await stacks.ensure('heroku-24', 'base', () => {})).toBe(image);
  expect(await stacks.image('heroku-24', 'run')).toBe(image);
  expect(await stacks.image('heroku-24', 'build')).toBe(image);
  expect(await stacks.ready('heroku-24')).toEqual(['base']);
});

test('a damaged archive is refused with what the engine says, and neither image nor archive is left', async () => {
  const image = await fillCache();
  const name = image.replace('jangada/', '').replace(':', '-');
  await writeFile(
    join(options.home.stack, `${name}.tar.zst`),
    zstdCompressSync(Buffer.from('not a tar at all'.repeat(99))),
  );
  await expect(openStack(options).ensure('heroku-24', 'base', () => {})).rejects.toMatchObject({
    id: 'engine_unavailable',
    message: expect.stringContaining('refused a stack image'),
  });
  expect(await openStack(options).ready('heroku-24')).toEqual([]);
  expect(await readdir(options.home.stack)).toEqual([]);
});

test('an engine that is away is told as such, with what to do', async () => {
  const stacks = openStack({ ...options, dockerSocket: join(folder, 'nobody.sock') });
  await expect(stacks.image('heroku-24', 'run')).rejects.toMatchObject({
    id: 'engine_unavailable',
    message: expect.stringContaining('npm start'),
  });
});

test('an upper layer has its locales without what they are made from, and the folder of sources that buildpacks copy', async () => {
  const path = join(options.recipeFolder!, 'heroku-24', 'recipe.json');
  const recipe = JSON.parse(await readFile(path, 'utf8'));
  recipe.layers.run.packages = ['lsb-release'];
  await writeFile(path, JSON.stringify(recipe));
  const { layers } = await readRecipe(options.recipeFolder!, 'heroku-24');
  const [repo, tag] = layers.base.image.split(':') as [string, string];
  await openEngineImages(SOCKET).call('POST', `/images/test-base:1/tag?${new URLSearchParams({ repo, tag })}`);
  images.push(layers.run.image, layers.base.image);
  await openStack({ ...options, env: process.env }).ensure('heroku-24', 'run', () => {});
  const { stdout, stderr } = await run('docker', [
    'run',
    '--rm',
    '--network=none',
    layers.run.image,
    'bash',
    '-c',
    `cp -R /etc/apt/sources.list.d /tmp/copied && ls -A /tmp/copied; test -s /etc/apt/sources.list && lsb_release -is
     printf 'b\\nA\\na\\n' > /tmp/words; LC_ALL=en_US.UTF-8 sort /tmp/words | tr -d '\\n'; LC_ALL=en_US.UTF-8 locale charmap; ls /usr/share/i18n`,
  ]).catch((error: { stdout: string; stderr: string }) => error);
  expect(stdout).toBe('Debian\naAbUTF-8\n');
  expect(stderr.trim()).toBe("ls: cannot access '/usr/share/i18n': No such file or directory");
});

test('a package that Debian does not have fails with apt’s own words and leaves no half archive', async () => {
  const stacks = openStack({ ...options, env: process.env });
  await expect(stacks.prepareArchive('heroku-24', () => {})).rejects.toMatchObject({
    id: 'stack_not_found',
    message: expect.stringMatching(/only-in-test|Unable to locate/),
  });
  expect(await readdir(options.home.stack)).toEqual([]);
});
