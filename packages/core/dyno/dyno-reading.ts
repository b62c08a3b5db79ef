import type { DynoStats } from '../ports/engine.ts';

const MB = 1024 * 1024;
/** Seconds over which the three load averages fade. */
const PERIODS = [60, 300, 900] as const;

/** Load averages over 1, 5 and 15 minutes. */
export type Load = readonly [number, number, number];

/** What is remembered of a dyno from one reading to the next. */
export interface DynoReading {
  readonly at: Date;
  readonly cpuSeconds: number;
  readonly load: Load;
}

/**
 * The next reading. Heroku damps the number of runnable tasks (behaviour 4.5); the engine tells CPU time, so the load here
 * is the number of cores that the dyno kept busy since the last reading, damped the same way: `new = (1-e^(-dt/period))·v +
 * e^(-dt/period)·avg`. Tasks that wait for a core do not count.
 */
export function nextReading(before: DynoReading | null, stats: Pick<DynoStats, 'cpuSeconds'>, now: Date): DynoReading {
  const seconds = before === null ? 0 : (now.getTime() - before.at.getTime()) / 1000;
  if (before === null || seconds <= 0)
    return { at: now, cpuSeconds: stats.cpuSeconds, load: before?.load ?? [0, 0, 0] };
  const busy = Math.max(0, stats.cpuSeconds - before.cpuSeconds) / seconds;
  const damp = (period: number, average: number): number => {
    const kept = Math.exp(-seconds / period);
    return (1 - kept) * busy + kept * average;
  };
  const [one, five, fifteen] = before.load;
  return {
    at: now,
    cpuSeconds: stats.cpuSeconds,
    load: [damp(PERIODS[0], one), damp(PERIODS[1], five), damp(PERIODS[2], fifteen)],
  };
}

/** Bytes that count against the quota: rss, swap, and the part of the cache that is in use (behaviour 1.8). */
export function memoryInUse(stats: DynoStats): number {
  return stats.memoryBytes + stats.swapBytes;
}

/** The lines of R14; none within the quota. */
export function quotaLines(stats: DynoStats, quota: number): readonly string[] {
  const used = memoryInUse(stats);
  if (used <= quota) return [];
  const percent = ((used / quota) * 100).toFixed(1);
  return [`Process running mem=${Math.floor(used / MB)}M(${percent}%)`, 'Error R14 (Memory quota exceeded)'];
}

/** Part of its disk above which a dyno's log says so. */
const FULL_PART = 0.95;

/** What the log says of a disk that is nearly full; Heroku has no such line. None while there is room. */
export function diskLines(stats: Pick<DynoStats, 'diskBytes'>, limit: number): readonly string[] {
  if (stats.diskBytes < limit * FULL_PART) return [];
  const [used, all] = [stats.diskBytes, limit].map((bytes) => `${Math.floor(bytes / MB)}M`);
  return [`Process running disk=${used}(${((stats.diskBytes / limit) * 100).toFixed(1)}% of ${all})`];
}

/** The lines of `log-runtime-metrics` (behaviour 4.5), without the paging counters, which only one kind of kernel keeps. */
export function metricLines(
  dyno: { readonly id: string; readonly appId: string; readonly name: string },
  stats: DynoStats,
  load: Load,
  quota: number,
): readonly string[] {
  const source = `source=${dyno.name} dyno=heroku.${dyno.appId}.${dyno.id}`;
  const loads = ['1m', '5m', '15m'].map((name, index) => `sample#load_avg_${name}=${load[index]?.toFixed(2)}`);
  const memory = Object.entries({
    total: memoryInUse(stats),
    rss: stats.rssBytes,
    cache: stats.cacheBytes,
    swap: stats.swapBytes,
    quota,
  }).map(([name, bytes]) => `sample#memory_${name}=${(bytes / MB).toFixed(2)}MB`);
  return [`${source} ${loads.join(' ')}`, `${source} ${memory.join(' ')}`];
}
