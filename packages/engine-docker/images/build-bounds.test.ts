import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { boundBuilds, type CgroupSetting, planBounds } from './build-bounds.ts';

const BOUNDS = { memory: 1024, cpuShares: 512, pids: 10 };
const own = (version: 1 | 2): CgroupSetting => ({ driver: 'cgroupfs', version, engineGroup: '' });
const systemd = (version: 1 | 2): CgroupSetting => ({
  driver: 'systemd',
  version,
  engineGroup: '/system.slice/docker.service',
});
let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'cgroup-'));
});
afterEach(() => rm(root, { recursive: true }));

const read = (...path: string[]): Promise<string> => readFile(join(root, ...path), 'utf8');
const never = async (): Promise<never> => {
  throw new Error('No program has to run.');
};

test('on control groups of version 1 each controller has its own folder', async () => {
  for (const controller of ['memory', 'cpu', 'pids'])
    await mkdir(join(root, controller, 'docker'), { recursive: true });
  expect(await boundBuilds(planBounds(BOUNDS, own(1), root), never)).toBe(true);
  expect(await read('memory/docker/buildkit/memory.limit_in_bytes')).toBe('1024');
  expect(await read('cpu/docker/buildkit/cpu.shares')).toBe('512');
  expect(await read('pids/docker/buildkit/pids.max')).toBe('10');
});

test('on version 2 there is one, and shares become a weight', async () => {
  await mkdir(join(root, 'docker'));
  expect(await boundBuilds(planBounds(BOUNDS, own(2), root), never)).toBe(true);
  expect(await read('docker/buildkit/memory.max')).toBe('1024');
  expect(await read('docker/buildkit/cpu.weight')).toBe('50');
});

test('a group in the kernel’s idle class, which has no weight, keeps its other limits', async () => {
  await mkdir(join(root, 'docker/buildkit'), { recursive: true });
  await writeFile(join(root, 'docker/buildkit/cpu.idle'), '1\n');
  expect(await boundBuilds(planBounds(BOUNDS, own(2), root), never)).toBe(true);
  expect(await read('docker/buildkit/pids.max')).toBe('10');
  await expect(read('docker/buildkit/cpu.weight')).rejects.toThrow('ENOENT');
});

test.each([1, 2] as const)(
  'an engine that keeps its groups elsewhere is told of, and nothing is made, on version %d',
  async (version) => {
    expect(await boundBuilds(planBounds(BOUNDS, own(version), root), never)).toBe(false);
    await expect(read('docker/buildkit/memory.max')).rejects.toThrow('ENOENT');
  },
);

const COMMANDS = [
  ['systemctl', 'set-property', '--runtime', 'jangada-builds.slice', 'MemoryMax=1024', 'CPUWeight=50', 'TasksMax=10'],
  ['systemctl', 'start', 'jangada-builds.slice'],
];

test('where systemd is the driver it makes a slice with the limits, and steps beside the engine are brought into it', () => {
  expect(planBounds(BOUNDS, systemd(2), '/cg')).toEqual({
    commands: COMMANDS,
    required: ['/cg/system.slice'],
    settings: [],
    collect: [
      {
        from: '/cg/system.slice',
        into: '/cg/jangada.slice/jangada-builds.slice',
        limits: { 'memory.max': '1024', 'cpu.weight': '50', 'pids.max': '10' },
      },
    ],
  });
});

test('with systemd on version 1 the steps are in the engine’s group of each controller', () => {
  const plan = planBounds(BOUNDS, systemd(1), '/cg');
  expect(plan.commands).toEqual(COMMANDS);
  expect(plan.collect).toEqual(
    [
      ['memory', { 'memory.limit_in_bytes': '1024' }],
      ['cpu', { 'cpu.shares': '512' }],
      ['pids', { 'pids.max': '10' }],
    ].map(([controller, limits]) => ({
      from: `/cg/${controller}/system.slice/docker.service`,
      into: `/cg/${controller}/jangada.slice/jangada-builds.slice`,
      limits,
    })),
  );
});

test('a plan for systemd holds only when its slice has come into being', async () => {
  await mkdir(join(root, 'system.slice'));
  const plan = planBounds(BOUNDS, systemd(2), root);
  const ran: string[] = [];
  const run = async (argv: readonly string[]): Promise<void> => void ran.push(argv[1] ?? '');
  expect(await boundBuilds(plan, run)).toBe(false);
  await mkdir(join(root, 'jangada.slice/jangada-builds.slice'), { recursive: true });
  expect(await boundBuilds(plan, run)).toBe(true);
  expect(ran).toEqual(['set-property', 'start', 'set-property', 'start']);
  expect(await boundBuilds(plan, never)).toBe(false);
});
