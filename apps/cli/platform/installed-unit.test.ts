import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DEFAULT_SETTINGS, homeLayout } from '@jangada/core';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { hasUnit, type Systemd, stopProcesses, unitPath } from './installed-unit.ts';

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
  await stopProcesses(homeLayout(root), SETTINGS, systemd);
  expect(asked).toEqual([`stop ${UNIT}`]);
});

test('without a unit systemd is left alone', async () => {
  await stopProcesses(homeLayout(root), SETTINGS, systemd);
  expect(asked).toEqual([]);
  await writeFile(unitPath(SETTINGS, systemd), '');
  expect(await hasUnit(SETTINGS, { ...systemd, runs: async () => false })).toBe(false);
});

test('nothing goes on when systemd refuses to stop its unit', async () => {
  await writeFile(unitPath(SETTINGS, systemd), '');
  const refusing = { ...systemd, systemctl: async () => ({ code: 1, output: 'Failed.\nAccess denied' }) };
  await expect(stopProcesses(homeLayout(root), SETTINGS, refusing)).rejects.toThrow(
    `stop ${UNIT} failed: Access denied`,
  );
});
