import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readFile, rmdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type CollectFrom, planBounds } from './build-bounds.ts';
import { collectSteps } from './step-collector.ts';

/** With control groups of this machine's kernel, laid out as systemd's driver does; systemd itself is not needed. */

const ROOT = '/sys/fs/cgroup';
const version = existsSync(join(ROOT, 'cgroup.controllers')) ? 2 : 1;
const bounds = { memory: 512 * 1024 ** 2, cpuShares: 512, pids: 40 };
const name = `jangada-test-${randomBytes(4).toString('hex')}`;
/** Where the engine's place, a step and the slice would be, and the limits of a step. */
const places: readonly CollectFrom[] = planBounds(bounds, {
  driver: 'systemd',
  version,
  engineGroup: '/system.slice/docker.service',
}).collect.map(({ into, limits }) => {
  const hierarchy = into.slice(0, into.indexOf('jangada.slice'));
  return { from: join(hierarchy, name, 'engine'), into: join(hierarchy, name, 'builds'), limits };
});
const stepOf = ({ from }: CollectFrom): string => join(from, `system.slice:docker:${name.slice(-8)}`);

beforeEach(async () => {
  for (const { from, into } of places) for (const folder of [from, into]) await mkdir(folder, { recursive: true });
});
afterEach(async () => {
  for (const place of places) {
    for (const folder of [stepOf(place), place.from, place.into, join(place.from, '..')]) {
      await rmdir(folder).catch(() => undefined);
    }
  }
});

const processesOf = async (folder: string): Promise<readonly number[]> =>
  (await readFile(join(folder, 'cgroup.procs'), 'utf8')).split('\n').filter(Boolean).map(Number);

test('processes of a step, and those that they start later, come into the bounded group and no other does', async () => {
  const lost: string[] = [];
  const collector = collectSteps(places, (reason) => lost.push(reason));
  const shell = spawn('sh', ['-c', 'read go; sleep 60 & sleep 60 & wait'], { stdio: ['pipe', 'ignore', 'ignore'] });
  const bystander = spawn('sleep', ['60'], { stdio: 'ignore' });
  try {
    for (const place of places) {
      await mkdir(stepOf(place));
      await writeFile(join(stepOf(place), 'cgroup.procs'), String(shell.pid));
      await mkdir(join(place.from, 'docker-0123.scope'));
      await writeFile(join(place.from, 'docker-0123.scope', 'cgroup.procs'), String(bystander.pid));
    }
    const [first] = places as [CollectFrom];
    for (const { into } of places) await expect.poll(() => processesOf(into)).toContain(shell.pid);
    shell.stdin.write('\n');
    await expect.poll(async () => (await processesOf(first.into)).length).toBe(3);
    for (const place of places) {
      expect(await processesOf(stepOf(place))).toEqual([]);
      expect(await processesOf(join(place.from, 'docker-0123.scope'))).toEqual([bystander.pid]);
    }
    if (version === 1) {
      const memory = places.find(({ from }) => from.includes('/memory/'))!;
      expect(await readFile(join(stepOf(memory), 'memory.limit_in_bytes'), 'utf8')).toBe(`${bounds.memory}\n`);
    }
    expect(lost).toEqual([]);
  } finally {
    for (const pid of await processesOf(places[0]?.into ?? '')) process.kill(pid, 'SIGKILL');
    bystander.kill('SIGKILL');
    await Promise.all([shell, bystander].map((child) => new Promise((resolve) => child.once('close', resolve))));
    await collector.close();
    for (const { from } of places) await rmdir(join(from, 'docker-0123.scope'));
  }
});
