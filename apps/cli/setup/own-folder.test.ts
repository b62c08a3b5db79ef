import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { homeLayout } from '@jangada/core';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { assertOwnFolder } from './own-folder.ts';

let root: string;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'own-'));
});

afterEach(() => rm(root, { recursive: true }));

const judge = (folder = root) => assertOwnFolder(homeLayout(folder));

test('a new folder, an empty one and an empty disk can be a home', async () => {
  await judge(join(root, 'new'));
  await judge();
  await mkdir(join(root, 'lost+found'));
  await judge();
});

test('a folder with files of others cannot, and stays as it is', async () => {
  await writeFile(join(root, '.bashrc'), '');
  await expect(judge()).rejects.toThrow(`has files of others, such as ".bashrc". Choose a new or an empty one`);
});

test('an empty folder of everybody, such as /tmp, cannot', async () => {
  await chmod(root, 0o1777);
  await expect(judge()).rejects.toThrow('is open to everybody');
});

test('the machine itself cannot', async () => {
  await expect(judge('/')).rejects.toThrow('must not be the root folder');
});

test('what an interrupted first set-up has left is taken up again', async () => {
  for (const folder of ['run', 'bin', 'stack', 'process-logs', 'tls', 'keys']) await mkdir(join(root, folder));
  for (const file of ['settings.json.42.partial', 'account.json', 'sizes.json']) await writeFile(join(root, file), '');
  await judge();
});

test('an installation stays one, whatever else is in its folder', async () => {
  for (const file of ['settings.json', 'notes.txt']) await writeFile(join(root, file), '{}');
  await judge();
});
