import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { PlatformError } from '@jangada/platform-api';
import { type Cgroup, cgroupOf } from './cgroup.ts';
import { type DockerApi, unlessGone } from './docker-api.ts';
import { notRunning } from './docker-terminals.ts';
import type { DynoRecord } from './dyno-record.ts';

/** The kernel freezes a process when it next leaves the kernel: one that waits for a disk can take a while. */
const FREEZE_MS = 1_000;
const LOOK_MS = 2;

/**
 * Freezes all processes of a dyno in memory by the kernel's freezer. The engine's own way to it starts a program, each time
 * (decision 0088). Throws `not_found` when it has ended, and `engine_unavailable` when one of them cannot be frozen: the dyno
 * then goes on.
 */
export async function freezeDyno(record: DynoRecord): Promise<void> {
  const cgroup = record.cgroup!;
  const deadline = performance.now() + FREEZE_MS;
  record.frozen = true;
  if (!(await write(cgroup, true))) throw notRunning();
  while (record.frozen && (await freezerState(cgroup)) !== 'frozen') {
    if (performance.now() > deadline) {
      await write(cgroup, false);
      record.frozen = false;
      throw new PlatformError('engine_unavailable', `${record.labels.name} cannot be frozen now.`);
    }
    await sleep(LOOK_MS);
  }
}

/**
 * Undoes it, and what the engine itself paused: an operator may, and earlier versions did. False when the container of a frozen
 * dyno is gone, which this process may not have been told yet.
 */
export async function thawDyno(api: Pick<DockerApi, 'call'>, record: DynoRecord): Promise<boolean> {
  if (record.pausedByEngine) await unlessGone(api.call('POST', `/containers/${record.containerId}/unpause`));
  record.pausedByEngine = false;
  if (record.frozen && record.cgroup !== null && !(await write(record.cgroup, false))) return false;
  record.frozen = false;
  return true;
}

/** `freezing`: some processes still run. A container that is gone is `thawed`. */
export async function freezerState(cgroup: Cgroup): Promise<'thawed' | 'freezing' | 'frozen'> {
  const read = (...path: readonly string[]): Promise<string> => readFile(join(...path), 'utf8').catch(() => '');
  if (cgroup.version === 1) {
    const state = (await read(cgroup.freezer, 'freezer.state')).trim();
    return state === 'FROZEN' ? 'frozen' : state === 'FREEZING' ? 'freezing' : 'thawed';
  }
  const [wanted, events] = await Promise.all([read(cgroup.path, 'cgroup.freeze'), read(cgroup.path, 'cgroup.events')]);
  if (wanted.trim() !== '1') return 'thawed';
  return /^frozen 1$/m.test(events) ? 'frozen' : 'freezing';
}

/** Thaws the container of a process, whoever froze it. */
export async function thawContainerOf(pid: number): Promise<void> {
  const cgroup = await cgroupOf(pid);
  if (cgroup !== null && (await freezerState(cgroup)) !== 'thawed') await write(cgroup, false);
}

/** False when the container is gone. */
async function write(cgroup: Cgroup, frozen: boolean): Promise<boolean> {
  const [file, text] =
    cgroup.version === 1
      ? [join(cgroup.freezer, 'freezer.state'), frozen ? 'FROZEN' : 'THAWED']
      : [join(cgroup.path, 'cgroup.freeze'), frozen ? '1' : '0'];
  try {
    await writeFile(file, text, { flag: 'r+' });
    return true;
  } catch (error) {
    if (['ENOENT', 'ENODEV'].includes((error as { code?: string }).code ?? '')) return false;
    throw error;
  }
}
