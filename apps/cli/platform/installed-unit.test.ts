import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DEFAULT_SETTINGS, homeLayout } from '@jangada/core';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { hasUnit, type Systemd, stopProcesses, unitPath, writeUnit } from './installed-unit.ts';

const SETTINGS = { ...DEFAULT_SETTINGS, installId: '0123456789ab' };
const UNIT = 'jangada-0123456789ab.service';

let root: string;
let asked: string[];
let systemd: Systemd;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'unit-'));
  asked = [];
  systemd = {
    units: root,
    runs: async () => true,
    systemctl: async (...args) => {
      asked.push(args.join(' '));
      return { code: 0, output: '' };
    },
  };
});

afterEach(() => rm(root, { recursive: true }));

test('systemd is told to stop its unit, because it starts a supervisor anew that ends by itself', async () => {
  await writeFile(unitPath(SETTINGS, systemd), '');
  await stopProcesses(homeLayout(root), SETTINGS, systemd, { handOver: false });
  expect(asked).toEqual([`stop ${UNIT}`]);
});

test('without a unit systemd is left alone', async () => {
  await stopProcesses(homeLayout(root), SETTINGS, systemd, { handOver: true });
  expect(asked).toEqual([]);
  await writeFile(unitPath(SETTINGS, systemd), '');
  expect(await hasUnit(SETTINGS, { ...systemd, runs: async () => false })).toBe(false);
});

test('nothing goes on when systemd refuses to stop its unit', async () => {
  await writeFile(unitPath(SETTINGS, systemd), '');
  const refusing = { ...systemd, systemctl: async () => ({ code: 1, output: 'Failed.\nAccess denied' }) };
  await expect(stopProcesses(homeLayout(root), SETTINGS, refusing, { handOver: false })).rejects.toThrow(
    `stop ${UNIT} failed: Access denied`,
  );
});

test('a later start changes settings although the unit was written by a shell with others', async () => {
  const home = homeLayout(root);
  const config = { home, root: '/opt/jangada', dockerSocket: '/run/docker.sock' };
  // As it was written before: with the settings of the installing shell.
  await writeFile(unitPath(SETTINGS, systemd), '[Service]\nEnvironment="JANGADA_PORT=5000"\n');
  await writeUnit({ ...config, env: { JANGADA_PORT: '5200', HTTPS_PROXY: 'http://u:secret@p' } }, SETTINGS, systemd);
  expect(asked).toEqual(['daemon-reload']);
  expect(await readFile(unitPath(SETTINGS, systemd), 'utf8')).not.toMatch(/JANGADA_PORT|secret/);
  expect(await readFile(home.unitEnvironment, 'utf8')).toBe('HTTPS_PROXY="http://u:secret@p"\n');
  expect((await stat(home.unitEnvironment)).mode & 0o777).toBe(0o600);
});

test('what a unit of an earlier version kept of its shell stays, but for the settings', async () => {
  const config = { home: homeLayout(root), root: '/opt/jangada', dockerSocket: '/run/docker.sock' };
  const lines = ['JANGADA_PORT=5000', 'HTTPS_PROXY=http://u:50%%25$$@p', 'JANGADA_BUILD_CONCURRENCY=2', 'HOME=/root'];
  await writeFile(unitPath(SETTINGS, systemd), lines.map((line) => `Environment="${line}"\n`).join(''));
  await writeUnit({ ...config, env: {} }, SETTINGS, systemd);
  expect(await readFile(config.home.unitEnvironment, 'utf8')).toBe(
    'HTTPS_PROXY="http://u:50%25\\$@p"\nJANGADA_BUILD_CONCURRENCY="2"\n',
  );
});

test('a start from a shell without the proxy keeps it, and a unit that stays the same is not read again', async () => {
  const config = { home: homeLayout(root), root: '/opt/jangada', dockerSocket: '/run/docker.sock' };
  await writeUnit({ ...config, env: { HTTPS_PROXY: 'http://a', NO_PROXY: 'x' } }, SETTINGS, systemd);
  await writeUnit({ ...config, env: { NO_PROXY: 'y' } }, SETTINGS, systemd);
  expect(await readFile(config.home.unitEnvironment, 'utf8')).toBe('HTTPS_PROXY="http://a"\nNO_PROXY="y"\n');
  expect(asked).toEqual(['daemon-reload']);
});
