import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { DynoStats } from '@jangada/core';

const ROOT = '/sys/fs/cgroup';

/** Where the kernel accounts for one container. Version 1 has a folder per controller, version 2 one for all. */
export type Cgroup =
  | {
      readonly version: 1;
      readonly memory: string;
      readonly cpu: string;
      readonly pids: string;
      readonly freezer: string;
    }
  | { readonly version: 2; readonly path: string };

/** The cgroup folders named in a `/proc/<pid>/cgroup`. On hybrid machines the controllers are version 1. */
export function readCgroup(procPidCgroup: string): Cgroup {
  const paths = new Map<string, { folder: string; path: string }>();
  for (const line of procPidCgroup.trim().split('\n')) {
    const [, controllers = '', ...path] = line.split(':');
    for (const controller of controllers.split(','))
      paths.set(controller, { folder: controllers, path: path.join(':') });
  }
  const folder = (controller: string): string => {
    const found = paths.get(controller);
    return found ? join(ROOT, controller, found.path) : '';
  };
  if (paths.has('memory')) {
    return {
      version: 1,
      memory: folder('memory'),
      cpu: folder('cpuacct'),
      pids: folder('pids'),
      freezer: folder('freezer'),
    };
  }
  return { version: 2, path: join(ROOT, paths.get('')?.path ?? '') };
}

/** The cgroup of a running process; null when it is gone. */
export async function cgroupOf(pid: number): Promise<Cgroup | null> {
  const text = await readFile(`/proc/${pid}/cgroup`, 'utf8').catch(() => null);
  return text === null ? null : readCgroup(text);
}

/** What the kernel counts for a container. */
export type CgroupStats = Omit<DynoStats, 'dynoId' | 'diskBytes'>;

/** One reading (engine 6); null when the container is gone. */
export async function readCgroupStats(cgroup: Cgroup): Promise<CgroupStats | null> {
  try {
    return cgroup.version === 1 ? await readStatsV1(cgroup) : await readStatsV2(cgroup.path);
  } catch {
    return null;
  }
}

async function readStatsV1(cgroup: Extract<Cgroup, { version: 1 }>): Promise<CgroupStats> {
  const [usage, stat, cpu, pids] = await Promise.all([
    readFile(join(cgroup.memory, 'memory.usage_in_bytes'), 'utf8'),
    readFile(join(cgroup.memory, 'memory.stat'), 'utf8'),
    readFile(join(cgroup.cpu, 'cpuacct.usage'), 'utf8'),
    readFile(join(cgroup.pids, 'pids.current'), 'utf8'),
  ]);
  const memory = counters(stat);
  return {
    memoryBytes: Math.max(0, Number(usage) - (memory['total_inactive_file'] ?? 0)),
    rssBytes: memory['total_rss'] ?? 0,
    cacheBytes: memory['total_cache'] ?? 0,
    swapBytes: memory['total_swap'] ?? 0,
    cpuSeconds: Number(cpu) / 1e9,
    pids: Number(pids),
  };
}

async function readStatsV2(path: string): Promise<CgroupStats> {
  const [usage, stat, swap, cpu, pids] = await Promise.all([
    readFile(join(path, 'memory.current'), 'utf8'),
    readFile(join(path, 'memory.stat'), 'utf8'),
    readFile(join(path, 'memory.swap.current'), 'utf8').catch(() => '0'),
    readFile(join(path, 'cpu.stat'), 'utf8'),
    readFile(join(path, 'pids.current'), 'utf8'),
  ]);
  const memory = counters(stat);
  return {
    memoryBytes: Math.max(0, Number(usage) - (memory['inactive_file'] ?? 0)),
    rssBytes: memory['anon'] ?? 0,
    cacheBytes: memory['file'] ?? 0,
    swapBytes: Number(swap),
    cpuSeconds: (counters(cpu)['usage_usec'] ?? 0) / 1e6,
    pids: Number(pids),
  };
}

/** Whether the kernel has killed a process of the container for memory (a child too, which the engine does not show). */
export async function hasOomKill(cgroup: Cgroup): Promise<boolean> {
  const file = cgroup.version === 1 ? join(cgroup.memory, 'memory.oom_control') : join(cgroup.path, 'memory.events');
  const text = await readFile(file, 'utf8').catch(() => '');
  return (counters(text)['oom_kill'] ?? 0) > 0;
}

/** Process ids of everything in the container, as the machine numbers them. */
export async function processesOf(cgroup: Cgroup): Promise<number[]> {
  const folder = cgroup.version === 1 ? cgroup.memory : cgroup.path;
  const text = await readFile(join(folder, 'cgroup.procs'), 'utf8').catch(() => '');
  return text.split('\n').filter(Boolean).map(Number);
}

function counters(text: string): Record<string, number> {
  const found: Record<string, number> = {};
  for (const line of text.split('\n')) {
    const [name, value] = line.split(' ');
    if (name && value !== undefined) found[name] = Number(value);
  }
  return found;
}
