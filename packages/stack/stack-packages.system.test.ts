import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openStack } from './stack.ts';
import { openStackPackages } from './stack-packages.ts';

const dockerSocket = process.env['DOCKER_SOCKET'] || '/var/run/docker.sock';
const signal = AbortSignal.timeout(150_000);
let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'packages-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

test('packages of the suite come with what the stack’s image lacks, verified and unpacked, and not with what it has', async () => {
  const options = { home: { stack: join(folder, 'stack'), processLogs: folder }, dockerSocket };
  await openStack(options).ensure('heroku-24', 'base', () => {});
  const packages = openStackPackages(options);
  const found = await packages.resolve('heroku-24', ['hello', 'libyaml-dev', 'curl'], signal);
  expect(found.map(({ name }) => name)).toEqual(expect.arrayContaining(['hello', 'libyaml-0-2', 'libyaml-dev']));
  expect(found.map(({ name }) => name)).not.toContain('curl');

  await packages.unpack(
    'heroku-24',
    found.filter(({ name }) => name === 'hello'),
    folder,
    signal,
  );
  expect(await readdir(join(folder, 'usr/bin'))).toContain('hello');
  await expect(packages.resolve('heroku-24', ['no-such-package'], signal)).rejects.toThrow(
    /cannot be had \(Unable to locate package no-such-package\)/,
  );
});

test('a mirror that is away is named in the error', async () => {
  const mirror = 'http://127.0.0.1:9';
  const options = { home: { stack: join(folder, 'stack'), processLogs: folder }, dockerSocket, debianMirror: mirror };
  const away = openStackPackages(options).resolve('heroku-24', ['hello'], signal);
  await expect(away).rejects.toMatchObject({ id: 'stack_not_found' });
  expect(await readFile(join(folder, 'stack/apt-trixie/sources.list'), 'utf8')).toContain(mirror);
});
