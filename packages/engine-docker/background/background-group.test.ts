import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createBackgroundGroup, joinBackground } from './background-group.ts';
import type { EngineGroups } from './background-place.ts';

const ID = 'abcdef012345';
let root: string;
let reports: string[];
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'cgroup-'));
  reports = [];
});
afterEach(() => rm(root, { recursive: true }));

const read = (...path: string[]): Promise<string> => readFile(join(root, ...path), 'utf8');
const groupOf = (engine: EngineGroups): ReturnType<typeof createBackgroundGroup> => {
  const api = { call: async <Output>() => engine as Output };
  return createBackgroundGroup(ID, api, (event) => void reports.push(event), root);
};

/** What the kernel puts into a new group. */
async function kernelFiles(folder: string, weight: string): Promise<void> {
  await mkdir(join(root, folder), { recursive: true });
  await writeFile(join(root, folder, 'cpu.idle'), '0\n');
  await writeFile(join(root, folder, weight), '1024\n');
}

test('a group of version 1 is made idle, and its weight, which the kernel would refuse, is left alone', async () => {
  await kernelFiles(`cpu/jangada_${ID}`, 'cpu.shares');
  const group = groupOf({ CgroupDriver: 'cgroupfs', CgroupVersion: '1' });
  expect(await group.parent()).toBe(`/jangada_${ID}`);
  expect(await read(`cpu/jangada_${ID}/cpu.idle`)).toBe('1');
  expect(await read(`cpu/jangada_${ID}/cpu.shares`)).toBe('1024\n');
});

test('a group of version 2 is made idle, with the controller asked for', async () => {
  await writeFile(join(root, 'cgroup.subtree_control'), '');
  await kernelFiles(`jangada_${ID}`, 'cpu.weight');
  const group = groupOf({ CgroupDriver: 'cgroupfs', CgroupVersion: '2' });
  expect(await group.parent()).toBe(`/jangada_${ID}`);
  expect(await read(`jangada_${ID}/cpu.idle`)).toBe('1');
  expect(await read('cgroup.subtree_control')).toBe('+cpu');
});

test('systemd makes its slice with the first container; what it sets then is set again', async () => {
  const group = groupOf({ CgroupDriver: 'systemd', CgroupVersion: '2' });
  expect(await group.parent()).toBe(`jangada_${ID}.slice`);
  expect(await readdir(root)).toEqual([]);
  await kernelFiles(`jangada_${ID}.slice`, 'cpu.weight');
  await group.hold();
  expect(await read(`jangada_${ID}.slice/cpu.idle`)).toBe('1');
});

test('a kernel without the idle class gives the group a low weight, and the operator is told once', async () => {
  await mkdir(join(root, `cpu/jangada_${ID}`), { recursive: true });
  await writeFile(join(root, `cpu/jangada_${ID}/cpu.shares`), '1024\n');
  const group = groupOf({ CgroupDriver: 'cgroupfs', CgroupVersion: '1' });
  await group.parent();
  await group.hold();
  await group.hold();
  expect(await read(`cpu/jangada_${ID}/cpu.shares`)).toBe('512');
  expect(reports).toEqual(['builds.weighted']);
});

test('the steps of image builds are idle among dynos', async () => {
  await kernelFiles('cpu/docker/buildkit', 'cpu.shares');
  await groupOf({ CgroupDriver: 'cgroupfs', CgroupVersion: '1' }).hold();
  expect(await read('cpu/docker/buildkit/cpu.idle')).toBe('1');
});

test('whoever stops looking gives the groups their weight, the engine’s own among them', async () => {
  await kernelFiles(`cpu/jangada_${ID}`, 'cpu.shares');
  await kernelFiles('cpu/docker/buildkit', 'cpu.shares');
  const group = groupOf({ CgroupDriver: 'cgroupfs', CgroupVersion: '1' });
  await group.hold();
  await group.release();
  for (const folder of [`cpu/jangada_${ID}`, 'cpu/docker/buildkit']) {
    expect(await read(folder, 'cpu.idle')).toBe('0');
    expect(await read(folder, 'cpu.shares')).toBe('512');
  }
});

test('an engine that is away is asked again', async () => {
  let away = true;
  const call = async <Output>(): Promise<Output> => {
    if (away) throw new Error('away');
    return { CgroupDriver: 'cgroupfs', CgroupVersion: '1' } as Output;
  };
  const group = createBackgroundGroup(ID, { call }, () => undefined, root);
  await group.keep();
  await expect(group.parent()).rejects.toThrow('away');
  away = false;
  expect(await group.parent()).toBe(`/jangada_${ID}`);
});

test.each([`cpu/jangada_${ID}`, `cpu/jangada_${ID}.slice`, `jangada_${ID}`, `jangada_${ID}.slice`])(
  'a process of the platform joins builds at %s',
  async (folder) => {
    expect(await joinBackground(ID, 4711, root)).toBe(false);
    await mkdir(join(root, folder), { recursive: true });
    expect(await joinBackground(ID, 4711, root)).toBe(true);
    expect(await read(folder, 'platform/cgroup.procs')).toBe('4711');
  },
);
