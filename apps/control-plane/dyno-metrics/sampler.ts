import { type Dyno, type DynoReading, diskLines, metricLines, nextReading, quotaLines } from '@jangada/core';
import type { Context } from '../context.ts';
import { dynoLines, logDyno } from '../reconcile/dyno-log.ts';

/** Milliseconds between two readings (behaviour 1.8 and 4.5). */
const SAMPLE_MS = 20_000;

/** Reads memory and CPU of all dynos, and writes what their apps' logs should say of it. */
export interface Sampler {
  /** One reading of every running dyno. */
  sample(): Promise<void>;
}

export function createSampler(context: Context): Sampler {
  const { rows } = context.store;
  let readings: ReadonlyMap<string, DynoReading> = new Map();
  let told: ReadonlySet<string> = new Set();

  /** A dyno of which the kernel killed a process while its first one goes on: the end of that one is told with its crash. */
  async function tellKills(dynos: ReadonlyMap<string, Dyno>): Promise<void> {
    const killed = (await context.engine.list()).filter((one) => one.oomKilled && one.state === 'running');
    for (const { dynoId } of killed) {
      const dyno = dynos.get(dynoId);
      if (dyno && !told.has(dynoId)) await logDyno(context, dyno, dynoLines.memoryKilled, dynoLines.sigkill);
    }
    told = new Set(killed.map((one) => one.dynoId));
  }

  return {
    async sample() {
      const [all, running, features] = await Promise.all([
        context.engine.stats(),
        rows.dynos.list({ state: ['starting', 'up'] }),
        rows.appFeatures.list({ name: 'log-runtime-metrics', enabled: true }),
      ]);
      const dynos = new Map(running.map((dyno) => [dyno.id, dyno]));
      const metered = new Set(features.map((feature) => feature.appId));
      const now = context.clock.now();
      const next = new Map<string, DynoReading>();
      const writing: Promise<void>[] = [];
      for (const stats of all) {
        const dyno = dynos.get(stats.dynoId);
        if (dyno === undefined) continue;
        const reading = nextReading(readings.get(dyno.id) ?? null, stats, now);
        next.set(dyno.id, reading);
        const { memoryQuota: quota, diskBytes } = context.sizes.limitsOf(dyno.size);
        const metrics = metered.has(dyno.appId) ? metricLines(dyno, stats, reading.load, quota) : [];
        const lines = [...metrics, ...quotaLines(stats, quota), ...diskLines(stats, diskBytes)];
        if (lines.length > 0) writing.push(logDyno(context, dyno, ...lines));
      }
      await Promise.all(writing);
      readings = next;
      await tellKills(dynos);
    },
  };
}

/** Samples until the signal aborts. An engine or store that is away costs readings, nothing else. */
export async function keepSampling(context: Context, sampler: Sampler, signal: AbortSignal): Promise<void> {
  let failing = false;
  while (!signal.aborted) {
    await context.clock.sleep(SAMPLE_MS, signal).catch(() => undefined);
    if (signal.aborted) return;
    try {
      await sampler.sample();
      failing = false;
    } catch (error) {
      if (!failing) context.report('dyno-metrics.failed', { error: String(error) });
      failing = true;
    }
  }
}
