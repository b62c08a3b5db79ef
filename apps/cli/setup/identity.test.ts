import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { homeLayout } from '@jangada/core';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { accountFile, loadSettings, makeIdentity, wantedSettings } from './identity.ts';

let root: string;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'identity-'));
});

afterEach(() => rm(root, { recursive: true, force: true }));

test('a second start keeps name, key and account of the first', async () => {
  const home = homeLayout(root);
  const account = await makeIdentity(home, await wantedSettings(home, { JANGADA_PORT: '5800' }), {});
  const key = await readFile(home.masterKey);
  const settings = await wantedSettings(home, {});
  expect(settings.port).toBe(5800);
  expect(await makeIdentity(home, settings, { JANGADA_ACCOUNT_EMAIL: 'other@example.com' })).toEqual(account);
  expect(await readFile(home.masterKey)).toEqual(key);
  expect(key).toHaveLength(32);
  expect((await loadSettings(home)).installId).toBe(settings.installId);
});

test('secrets are readable by their owner only', async () => {
  const home = homeLayout(root);
  await makeIdentity(home, await wantedSettings(home, {}), {});
  for (const path of [home.masterKey, accountFile(home), home.settings]) {
    expect((await stat(path)).mode & 0o777).toBe(0o600);
  }
});

test('a damaged settings file is never replaced by new settings', async () => {
  const home = homeLayout(root);
  await writeFile(home.settings, '{"installId":');
  await expect(wantedSettings(home, {})).rejects.toThrow(/damaged/);
});

test('commands before the first start say what to do', async () => {
  await expect(loadSettings(homeLayout(root))).rejects.toThrow(/npm start/);
});
