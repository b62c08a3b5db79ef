import { readdir, readFile, statfs } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { DynoState } from '@jangada/core';
import type { Context } from '../context.ts';
import type { PlatformReading } from './prometheus.ts';
import type { RouterMetrics } from './router-metrics.ts';

const BUILD_STATES = ['pending', 'succeeded', 'failed'] as const;

/** Reads what one scrape tells. Apps that are gone are left out. */
export async function readPlatform({ store, home }: Context, metrics: RouterMetrics): Promise<PlatformReading> {
  const { rows } = store;
  const [apps, dynos, builds, memory, disk] = await Promise.all([
    rows.apps.list(),
    rows.dynos.list(),
    Promise.all(BUILD_STATES.map(async (status) => [status, await rows.builds.count({ status })] as const)),
    processMemory(home.run),
    statfs(home.root),
  ]);
  const states: Partial<Record<DynoState, number>> = {};
  for (const { state } of dynos) states[state] = (states[state] ?? 0) + 1;
  const names = new Map(apps.map((app) => [app.id, app.name]));
  const named = <T>(byId: ReadonlyMap<string, T>): ReadonlyMap<string, T> =>
    new Map([...byId].flatMap(([appId, value]) => (names.has(appId) ? [[names.get(appId)!, value]] : [])));
  return {
    traffic: named(metrics.totals()),
    loads: named((await metrics.loads()) ?? new Map()),
    dynos: states,
    builds: Object.fromEntries(builds),
    memory,
    disk: { freeBytes: disk.bavail * disk.bsize, sizeBytes: disk.blocks * disk.bsize },
  };
}

/** Of this process and of those of which the supervisor left a pid file. */
async function processMemory(run: string): Promise<Readonly<Record<string, number>>> {
  const memory: Record<string, number> = { 'control-plane': process.memoryUsage.rss() };
  for (const name of await readdir(run).catch(() => [])) {
    if (!name.endsWith('.pid')) continue;
    const pid = /\d+/.exec(await readFile(join(run, name), 'utf8').catch(() => ''))?.[0];
    const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
    const kilobytes = /^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1];
    if (kilobytes !== undefined) memory[basename(name, '.pid')] = Number(kilobytes) * 1_024;
  }
  return memory;
}
