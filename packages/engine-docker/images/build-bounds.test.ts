import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { boundBuilds } from './build-bounds.ts';

const BOUNDS = { memory: 1024, cpuShares: 512, pids: 10 };
let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'cgroup-'));
});
afterEach(() => rm(root, { recursive: true }));

const read = (...path: string[]): Promise<string> => readFile(join(root, ...path), 'utf8');

test('on control groups of version 1 each controller has its own folder', async () => {
  for (const controller of ['memory', 'cpu', 'pids'])
    await mkdir(join(root, controller, 'docker'), { recursive: true });
  expect(await boundBuilds(BOUNDS, root)).toBe(true);
  expect(await read('memory/docker/buildkit/memory.limit_in_bytes')).toBe('1024');
  expect(await read('cpu/docker/buildkit/cpu.shares')).toBe('512');
  expect(await read('pids/docker/buildkit/pids.max')).toBe('10');
});

test('on version 2 there is one, and shares become a weight', async () => {
  await mkdir(join(root, 'docker'));
  expect(await boundBuilds(BOUNDS, root)).toBe(true);
  expect(await read('docker/buildkit/memory.max')).toBe('1024');
  expect(await read('docker/buildkit/cpu.weight')).toBe('50');
});

test('an engine that keeps its groups elsewhere is told of, and nothing is made', async () => {
  expect(await boundBuilds(BOUNDS, root)).toBe(false);
  await expect(read('docker/buildkit/memory.max')).rejects.toThrow('ENOENT');
});
