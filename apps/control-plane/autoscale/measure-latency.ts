import { type Latency, quantile } from '../router-metrics/latency.ts';
import type { TrafficRecord } from '../router-metrics/record.ts';
import type { RouterMetrics } from '../router-metrics/router-metrics.ts';

/** A figure of an app; null when it is not known. */
export type Gauge = (appId: string) => number | null;

/** What is known at one moment. */
interface Look {
  readonly gaps: number;
  readonly totals: ReadonlyMap<string, TrafficRecord>;
}

/**
 * Each call tells the p95 response time, in milliseconds, since the call before: 0 when there surely were no requests, null
 * when there is no time to tell of the requests, or lines may be missing.
 */
export function measureLatency(metrics: Pick<RouterMetrics, 'totals' | 'gaps' | 'lastMinute'>): () => Gauge {
  let before: Look = { gaps: metrics.gaps(), totals: new Map() };
  return () => {
    const earlier = before;
    const now: Look = { gaps: metrics.gaps(), totals: new Map(metrics.totals()) };
    before = now;
    return (appId) => {
      const [ended, endedBefore] = [now.totals.get(appId), earlier.totals.get(appId)];
      const p95 = quantile(since(ended?.latency, endedBefore?.latency), 0.95);
      if (p95 !== null) return p95;
      // Requests that no dyno answered have no time, nor have those that have not ended.
      const load = metrics.lastMinute(appId);
      const isIdle = load !== null && load.inFlight + load.queued === 0;
      return isIdle && now.gaps === earlier.gaps && requests(ended) === requests(endedBefore) ? 0 : null;
    };
  };
}

function requests(record: TrafficRecord | undefined): number {
  return Object.values(record?.statuses ?? {}).reduce((total, count) => total + count, 0);
}

/** What was counted in between. */
function since(now: Latency = {}, before: Latency = {}): Latency {
  const counts = Object.entries(now).map(([slot, count]) => [slot, count - (before[Number(slot)] ?? 0)]);
  return Object.fromEntries(counts.filter(([, count]) => count !== 0));
}
