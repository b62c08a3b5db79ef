import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmod, lstat, mkdir, mkdtemp, readdir, readFile, readlink, rm, symlink, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { StackPackage, StackPackages } from '@jangada/core';
import { PlatformError } from '@jangada/platform-api';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openRuntimeShelf, type RuntimeShelf } from './runtime-shelf.ts';

let root: string;
let folder: string;
let said: string[];
let asked: string[];
let server: Server | null;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'shelf-'));
  folder = join(root, 'shelf');
  await mkdir(folder);
  [said, asked, server] = [[], [], null];
});
afterEach(async () => {
  server?.close();
  await rm(root, { recursive: true });
});

/** A mirror with one Python of the given version; null stands for one that cannot be reached. */
function mirrorWith(version: string | null): StackPackages {
  const line = {
    package: 'python3.13',
    packages: ['dev'],
    without: ['libc6-dev'],
    prefix: 'usr',
    libraries: 'usr/lib/x',
  };
  return {
    async runtime(_stack, name) {
      const title = name[0]?.toUpperCase() + name.slice(1);
      return name === 'python'
        ? {
            title,
            lines: [
              {
                ...line,
                links: { 'usr/bin/python3': 'python3.13' },
                rewrite: ['usr/lib/paths.py'],
                finish: ['compile', '{place}/usr'],
              },
            ],
          }
        : null;
    },
    async installed() {
      return '';
    },
    async resolve(_stack, names): Promise<readonly StackPackage[]> {
      asked.push(`resolve ${names.join(' ')}`);
      if (version === null) throw new PlatformError('stack_not_found', 'The mirror is away.');
      return [...names, 'libc6-dev'].map((name) => ({ name, version }));
    },
    async unpack(_stack, packages, into) {
      asked.push(`unpack ${packages.map(({ name }) => name).join(' ')}`);
      for (const path of ['usr/bin', 'usr/lib', 'usr/share/doc/p', 'etc/p'])
        await mkdir(join(into, path), { recursive: true });
      await writeFile(join(into, 'usr/bin/python3.13'), '\x7fELF');
      await writeFile(join(into, 'usr/bin/pydoc'), '#!/usr/bin/python3.13 -E\nimport pydoc\n');
      await writeFile(join(into, 'usr/bin/sh-script'), '#!/usr/bin/env bash\n');
      await writeFile(join(into, 'etc/p/settings'), '');
      await writeFile(join(into, 'usr/lib/paths.py'), "A = '/usr/share/x'\nB = '../usr/lib /opt/usr/bin'\n");
      await writeFile(join(into, 'usr/lib/libp.a'), '');
      await writeFile(join(into, 'usr/share/doc/p/README'), '');
      await writeFile(join(into, 'usr/share/doc/p/copyright'), '');
      await symlink('/etc/p/settings', join(into, 'usr/lib/settings'));
      await symlink('/etc/passwd', join(into, 'usr/lib/outside'));
    },
  };
}

const open = (packages: StackPackages | null, mirror: string | null = null): Promise<RuntimeShelf> =>
  openRuntimeShelf({
    folder,
    registry: null,
    platformNode: { version: '24.21.0', binary: '' },
    packages,
    mirror,
    placeInApp: '.jangada',
    placeInDyno: '/app/.jangada',
  });
const get = (shelf: RuntimeShelf, range: string | null, runtime = 'python') =>
  shelf.language(
    { stack: 'heroku-24', finish, installed: async () => null, failed: () => undefined },
    runtime,
    range,
    (line) => said.push(line.trim()),
  );
const finish = async (command: readonly string[], tree: string, place: string): Promise<void> => {
  asked.push(`run ${command.join(' ')} on ${(await readdir(tree)).join()} at ${place}`);
};

/** An unpacked runtime in the operator's folder. */
async function operatorHas(version: string): Promise<void> {
  await mkdir(join(folder, `python-${version}/bin`), { recursive: true });
  await writeFile(join(folder, `python-${version}/bin/python3`), version);
  await chmod(join(folder, `python-${version}/bin/python3`), 0o755);
}

describe('a runtime of the stack’s packages', () => {
  test('is made once, however many builds ask, and says its version, where it is, and that it is made', async () => {
    const shelf = await open(mirrorWith('1:3.13.5+dfsg-2+deb13u5'));
    const [first, second] = await Promise.all([get(shelf, '3.13'), get(shelf, null)]);
    expect(first).toEqual({
      name: expect.stringMatching(/^python-3\.13\.5-[0-9a-f]{8}$/),
      runtime: 'python',
      version: '3.13.5',
      origin: 'stack',
      prefix: `/app/.jangada/${first.name}/usr`,
      libraries: `/app/.jangada/${first.name}/usr/lib/x`,
    });
    expect(second).toEqual(first);
    await get(await open(mirrorWith(null)), '3.13');
    const place = `/app/.jangada/${first.name}`;
    expect(asked).toEqual([
      'resolve python3.13 dev',
      'unpack python3.13 dev',
      `run compile ${place}/usr on etc,usr at ${place}`,
    ]);
    expect(said.sort()).toEqual([
      'Preparing Python 3.13.5 for this server, once for all apps...',
      'Waiting for Python 3.13.5, which another build is preparing...',
    ]);
    expect(await shelf.has(first.name)).toBe(true);
  });

  test('works at its place: links and first lines of scripts lead into the tree, licences stay, what no program reads goes', async () => {
    const shelf = await open(mirrorWith('3.13.5-2'));
    const { name } = await get(shelf, null);
    const tree = join(shelf.trees, name);
    expect(await readlink(join(tree, 'usr/bin/python3'))).toBe('python3.13');
    expect(await readlink(join(tree, 'usr/lib/settings'))).toBe('../../etc/p/settings');
    expect(await readlink(join(tree, 'usr/lib/outside'))).toBe('/etc/passwd');
    const script = await readFile(join(tree, 'usr/bin/pydoc'), 'utf8');
    expect(script).toBe(`#!/app/.jangada/${name}/usr/bin/python3.13 -E\nimport pydoc\n`);
    expect(await readFile(join(tree, 'usr/bin/sh-script'), 'utf8')).toBe('#!/usr/bin/env bash\n');
    const paths = `A = '/app/.jangada/${name}/usr/share/x'\nB = '../usr/lib /opt/usr/bin'\n`;
    expect(await readFile(join(tree, 'usr/lib/paths.py'), 'utf8')).toBe(paths);
    expect(await readdir(join(tree, 'usr/lib'))).not.toContain('libp.a');
    expect(await readdir(join(tree, 'usr/share/doc/p'))).toEqual(['copyright']);
  });

  test('of updated packages is another runtime beside the old one, which slugs may still name', async () => {
    const first = await get(await open(mirrorWith('3.13.5-2')), null);
    await rm(join(folder, 'stack-packages.json'));
    const shelf = await open(mirrorWith('3.13.5-3'));
    const second = await get(shelf, null);
    expect(second.name).not.toBe(first.name);
    expect((await readdir(shelf.trees)).sort()).toEqual([first.name, second.name].sort());
  });

  test('that fails half way leaves nothing on the shelf', async () => {
    const mirror = mirrorWith('3.13.5-2');
    const shelf = await open({
      ...mirror,
      async unpack(_stack, _packages, into) {
        await writeFile(join(into, 'half'), '');
        throw new PlatformError('stack_not_found', 'The connection broke.');
      },
    });
    await expect(get(shelf, null)).rejects.toThrow('The connection broke.');
    expect(await readdir(shelf.trees)).toEqual([]);
    expect(await readdir(join(folder, 'incoming'))).toEqual([]);
  });

  test('that is not to be had is refused with what there is and how to add one', async () => {
    await operatorHas('3.11.9');
    const shelf = await open(mirrorWith('3.13.5-2'));
    await expect(get(shelf, '3.9')).rejects.toThrow(
      'No Python on this server matches "3.9". It has 3.11.9, 3.13.5. The operator can add one: python-<version>.tar.gz in the runtimes folder',
    );
    await expect(get(shelf, 'not a range')).rejects.toThrow('matches "not a range"');
    await expect(get(shelf, null, '../trees')).rejects.toThrow('no runtime called');
    await expect(get(shelf, null, 'cobol')).rejects.toThrow('no runtime called "cobol"');
    await expect(get(await open(null), null, 'python')).resolves.toMatchObject({ version: '3.11.9' });
  });
});

describe('a runtime of the operator', () => {
  test('may be an unpacked folder, which comes before the stack’s of the same version', async () => {
    await operatorHas('3.12.4');
    await operatorHas('3.13.5');
    const shelf = await open(mirrorWith('3.13.5-2'));
    const old = await get(shelf, '3.12');
    expect(old).toMatchObject({ version: '3.12.4', origin: 'operator', prefix: `/app/.jangada/${old.name}` });
    expect((await lstat(join(shelf.trees, old.name, 'bin/python3'))).mode & 0o111).not.toBe(0);
    expect(await get(shelf, '3.13.5')).toMatchObject({ origin: 'operator' });
    expect(await get(shelf, null)).toMatchObject({ origin: 'stack' });
  });

  test('may come from a mirror, checked against its list of digests', async () => {
    const archive = await archiveOf('python-3.10.1');
    const digest = createHash('sha256').update(archive).digest('hex');
    let list = `${digest}  python-3.10.1.tar.gz\n`;
    server = createServer((request, response) => {
      asked.push(String(request.url));
      response.end(request.url === '/r/SHA256SUMS' ? list : archive);
    });
    await new Promise<void>((resolve) => server?.listen(0, '127.0.0.1', resolve));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/r/`;
    const shelf = await open(null, url);
    const runtime = await get(shelf, '3.10');
    expect(await readFile(join(shelf.trees, runtime.name, 'bin/python3'), 'utf8')).toBe('packed');
    await get(shelf, '3.10');
    expect(asked).toEqual(['/r/SHA256SUMS', '/r/python-3.10.1.tar.gz']);
    list = `${'0'.repeat(64)}  python-3.9.1.tar.gz\n`;
    await expect(get(await open(null, url), '3.9')).rejects.toThrow('does not match its checksum');
    expect(await readdir(join(folder, 'incoming'))).toEqual([]);
  });

  test('that cannot be unpacked is refused and leaves nothing', async () => {
    await writeFile(join(folder, 'python-3.8.1.tar.gz'), 'no archive');
    const shelf = await open(null);
    await expect(get(shelf, '3.8')).rejects.toThrow('python-3.8.1.tar.gz cannot be unpacked');
    expect(await readdir(shelf.trees)).toEqual([]);
  });
});

/** A tar.gz with everything in one folder. */
async function archiveOf(name: string): Promise<Buffer> {
  await mkdir(join(root, name, 'bin'), { recursive: true });
  await writeFile(join(root, name, 'bin/python3'), 'packed');
  return execFileSync('tar', ['-cz', '-C', root, name]);
}
