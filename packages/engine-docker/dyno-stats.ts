import type { DynoStats } from '@jangada/core';
import { readCgroupStats } from './cgroup.ts';
import type { Machine } from './machine.ts';

/** Readings of every running dyno of this machine. */
export async function readStats({ records, files }: Pick<Machine, 'records' | 'files'>): Promise<readonly DynoStats[]> {
  const readings = await Promise.all(
    [...records.values()].map(async ({ labels: { dynoId }, cgroup, exit }) => {
      if (cgroup === null || exit !== null) return null;
      const [reading, diskBytes] = await Promise.all([readCgroupStats(cgroup), files.used(dynoId).catch(() => null)]);
      return reading && { dynoId, ...reading, diskBytes: diskBytes ?? 0 };
    }),
  );
  return readings.filter((reading) => reading !== null);
}
