import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { sampleSpec } from '@jangada/conformance';
import type { DynoSpec } from '@jangada/core';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { connectDocker } from '../docker-api.ts';
import { openTestInstallation, TEST_IMAGE, type TestInstallation } from '../test-installation.ts';
import { CGROUP_ROOT, joinBackground } from './background-group.ts';
import { type BackgroundPlace, backgroundPlace, type EngineGroups } from './background-place.ts';

let under: TestInstallation;
let place: BackgroundPlace;
beforeAll(async () => {
  under = await openTestInstallation();
  const api = connectDocker('/var/run/docker.sock');
  place = backgroundPlace(under.options.installId, await api.call<EngineGroups>('GET', '/info'), CGROUP_ROOT)!;
  api.close();
});
afterAll(async () => {
  await under.close();
  expect([place.cpu, ...place.all].filter(existsSync)).toEqual([]);
});
beforeEach(async () => {
  for (const { dynoId } of await under.engine.list()) await under.engine.stop(dynoId, 0);
});

/** Wants every core there is. */
const SPIN = 'for core in $(seq $(nproc)); do while :; do :; done & done; wait';

function spinning(type: 'build' | 'web'): DynoSpec {
  const spec = sampleSpec(TEST_IMAGE, { command: ['bash', '-c', SPIN], type, name: `${type}.1`, captureOutput: false });
  return { ...spec, limits: { ...spec.limits, background: type === 'build' } };
}

const cpuIdle = async (): Promise<string> => (await readFile(join(place.cpu, 'cpu.idle'), 'utf8')).trim();

/** Containers in the group, by the folders that the kernel shows. */
async function groupsBelow(): Promise<string[]> {
  const entries = await readdir(place.cpu, { withFileTypes: true }).catch(() => []);
  return entries.filter((entry) => entry.isDirectory() && entry.name !== 'platform').map(({ name }) => name);
}

/** CPU seconds that the dynos have used in the next `ms`. */
async function used(dynoIds: readonly string[], ms: number): Promise<number[]> {
  const read = async (): Promise<number[]> => {
    const stats = await under.engine.stats();
    return dynoIds.map((dynoId) => stats.find((each) => each.dynoId === dynoId)?.cpuSeconds ?? Number.NaN);
  };
  const before = await read();
  await sleep(ms);
  return (await read()).map((after, index) => after - before[index]!);
}

/** A class holds for seconds, some more where others hold the machine. */
const until = (wanted: string): Promise<void> => expect.poll(cpuIdle, { timeout: 40_000 }).toBe(wanted);

test('a build runs in a group of the kernel’s idle class at the top, a dyno does not', async () => {
  await under.engine.start(spinning('web'));
  expect(await groupsBelow()).toEqual([]);
  await under.engine.start(spinning('build'));
  expect(await groupsBelow()).toHaveLength(1);
  await until('1');
});

test('a dyno that wants all of the machine has it beside a build; a build that starves has its weight for a while', async () => {
  const web = await under.engine.start(spinning('web'));
  const build = await under.engine.start(spinning('build'));
  const ratios: number[] = [];
  while (ratios.length < 3) {
    await until('1');
    const [dyno, starving] = await used([web.dynoId, build.dynoId], 500);
    if ((await cpuIdle()) === '1') ratios.push(dyno! / starving!);
  }
  // By weight alone it would be 4 at most.
  expect(Math.max(...ratios)).toBeGreaterThan(10);

  await until('0');
  const [file, weight] = place.version === 1 ? ['cpu.shares', '512'] : ['cpu.weight', '50'];
  // It is set after the class.
  await expect.poll(async () => (await readFile(join(place.cpu, file!), 'utf8')).trim()).toBe(weight);
});

test('a process of the platform joins the builds', async () => {
  const child = spawn('sleep', ['60'], { stdio: 'ignore' });
  try {
    expect(await joinBackground(under.options.installId, child.pid!)).toBe(true);
    const text = await readFile(`/proc/${child.pid}/cgroup`, 'utf8');
    expect(text).toMatch(new RegExp(`jangada_${under.options.installId}(.slice)?/platform$`, 'm'));
  } finally {
    child.kill('SIGKILL');
    await once(child, 'close');
  }
});
