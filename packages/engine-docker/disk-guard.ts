import { statfs } from 'node:fs/promises';
import { logTime } from '@jangada/core';
import type { DynoRecord } from './dyno-record.ts';
import type { Machine } from './machine.ts';

/** Bytes of the machine's disk that dynos may not use up: builds end long before, the platform and its database go on. */
const RESERVE = 512 * 1024 ** 2;

/** A dyno that has written less than this cannot be what fills the disk. */
const WORTH_STOPPING = 64 * 1024 ** 2;

const MEGABYTE = 1024 ** 2;

/**
 * Keeps the disk of the machine from running full, which the bounds of single dynos do not: while less than the reserve is
 * free, each call kills the dyno that has written the most, and says so in its log (it is told as a crash), or deletes
 * what one has left that has ended already.
 */
export async function guardDisk(machine: Machine, folder: string, reserve = RESERVE): Promise<void> {
  const { bavail, bsize } = await statfs(folder);
  const free = bavail * bsize;
  if (free >= reserve) return;
  const largest = await largestOf(machine);
  machine.report('disk.low', { freeMegabytes: Math.floor(free / MEGABYTE), stopped: largest?.record.labels.name });
  if (largest === null) return;
  const { record, used } = largest;
  const { appId, name, dynoId } = record.labels;
  if (record.exit !== null) return machine.files.remove(dynoId);
  const text = `Error R99 (Platform error) -> The machine's disk is full, and ${name} has written the most (${Math.floor(used / MEGABYTE)}M): it is stopped`;
  machine.feed.push({ appId, at: logTime(machine.now()), source: 'heroku', ps: name, text });
  await machine.api.call('POST', `/containers/${record.containerId}/kill?signal=KILL`).catch(() => undefined);
}

async function largestOf(machine: Machine): Promise<{ record: DynoRecord; used: number } | null> {
  let largest: { record: DynoRecord; used: number } | null = null;
  for (const record of machine.records.values()) {
    const used = await usedBy(machine, record);
    if (used >= (largest?.used ?? WORTH_STOPPING)) largest = { record, used };
  }
  return largest;
}

/** What it has on its disk, or in the engine's storage where the root of an app's own image is not on that (decision 0050). */
async function usedBy({ api, files }: Machine, { labels, containerId }: DynoRecord): Promise<number> {
  const used = await files.used(labels.dynoId).catch(() => null);
  // The root of a dyno with a slug is read-only: there is nothing in the engine's storage to be counted.
  if (labels.slug !== null) return used ?? 0;
  const path = `/containers/${containerId}/json?size=1`;
  const container = await api.call<{ readonly SizeRw?: number }>('GET', path).catch(() => null);
  return Math.max(used ?? 0, container?.SizeRw ?? 0);
}
