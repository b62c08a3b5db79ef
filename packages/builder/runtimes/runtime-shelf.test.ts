import { mkdtemp, readdir, readFile, readlink, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PlatformError } from '@jangada/platform-api';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { NpmRegistry } from './npm-registry.ts';
import { openRuntimeShelf, type RuntimeShelf } from './runtime-shelf.ts';

let root: string;
let asked: string[];

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'shelf-'));
  asked = [];
  await writeFile(join(root, 'node'), 'the platform’s node');
});
afterEach(() => rm(root, { recursive: true }));

/** A registry with one Node and one npm; null stands for one that cannot be reached. */
function registryWith(versions: readonly string[] | null): NpmRegistry {
  return {
    async versions(name) {
      asked.push(name);
      if (versions === null) throw new PlatformError('not_found', 'away');
      const found = name === 'npm' ? ['10.9.0', '11.6.2'] : versions;
      return Object.fromEntries(found.map((version) => [version, { dist: {} }]));
    },
    async unpack(name, version, into) {
      asked.push(`${name}@${version}`);
      if (version === '20.0.1') throw new PlatformError('not_found', 'does not match its checksum');
      await writeFile(join(into, 'unpacked'), name);
    },
  };
}

const open = (registry: NpmRegistry | null): Promise<RuntimeShelf> =>
  openRuntimeShelf({
    folder: join(root, 'shelf'),
    registry,
    platformNode: { version: '24.21.0', binary: join(root, 'node') },
    packages: null,
    mirror: null,
    placeInApp: '.jangada',
    placeInDyno: '/app/.jangada',
  });
const get = (shelf: RuntimeShelf, range: string | null) => shelf.node(range, false, () => undefined);

describe('the shelf of runtimes', () => {
  test('has the platform’s own Node.js without a download, and npm from the registry', async () => {
    const shelf = await open(registryWith(['24.21.0', '22.1.0']));
    expect(await get(shelf, null)).toEqual({ name: 'node-24.21.0-npm-11.6.2', node: '24.21.0', npm: '11.6.2' });
    expect(await readFile(join(shelf.trees, 'node-24.21.0-npm-11.6.2/bin/node'), 'utf8')).toBe('the platform’s node');
    expect(await readlink(join(shelf.trees, 'node-24.21.0-npm-11.6.2/bin/npm'))).toContain('npm-cli.js');
    expect(asked).toEqual(['npm', 'npm@11.6.2']);
  });

  test('fetches a version once, however many builds ask at the same time', async () => {
    const shelf = await open(registryWith(['22.1.0']));
    const runtimes = await Promise.all([get(shelf, '22'), get(shelf, '22.x'), get(shelf, '22')]);
    expect(new Set(runtimes.map(({ name }) => name))).toEqual(new Set(['node-22.1.0-npm-10.9.0']));
    await get(shelf, '22');
    expect(asked.filter((what) => what.includes('@22'))).toHaveLength(1);
    expect(await shelf.has('node-22.1.0-npm-10.9.0')).toBe(true);
    expect(await shelf.has('../trees')).toBe(false);
  });

  test('keeps nothing of a download that fails', async () => {
    const shelf = await open(registryWith(['20.0.1']));
    await expect(get(shelf, '20')).rejects.toThrow('checksum');
    expect(await readdir(shelf.trees)).toEqual([]);
    expect(await readdir(join(root, 'shelf', 'incoming'))).toEqual([]);
  });

  test('does without a registry, and does not ask one that is away again and again', async () => {
    expect(await get(await open(null), '24.x')).toEqual({ name: 'node-24.21.0', node: '24.21.0', npm: null });
    const away = await open(registryWith(null));
    await get(away, '24.x');
    await get(away, '24.x');
    expect(asked).toHaveLength(1);
    await expect(get(away, '20.x')).rejects.toThrow(/npm registry cannot be reached/);
  });

  test('has the headers of a Node.js for those who compile, and never in a slug', async () => {
    const shelf = await open(registryWith(['22.1.0']));
    const say = (line: string): number => asked.push(line);
    expect(await shelf.headers('22.1.0', say)).toBe('node-headers-22.1.0');
    expect(await shelf.headers('22.1.0', say)).toBe('node-headers-22.1.0');
    expect(asked.filter((what) => what.includes('Downloading'))).toHaveLength(1);
    expect(await shelf.has('node-headers-22.1.0')).toBe(false);
    await expect(shelf.headers('../22', say)).rejects.toThrow('no version of Node.js');
    await expect((await open(null)).headers('20.1.0', say)).rejects.toThrow('JANGADA_NPM_REGISTRY');
  });

  test('gets npm later, when the registry is back', async () => {
    await get(await open(null), null);
    expect((await get(await open(registryWith([])), null)).npm).toBe('11.6.2');
  });
});
