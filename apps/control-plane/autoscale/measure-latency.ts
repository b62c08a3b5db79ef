import { type Latency, quantile } from '../router-metrics/latency.ts';
import type { RouterMetrics } from '../router-metrics/router-metrics.ts';

/** A figure of an app; null when there is none. */
export type Gauge = (appId: string) => number | null;

/** Each call tells the p95 response time, in milliseconds, since the call before. */
export function measureLatency(metrics: Pick<RouterMetrics, 'totals'>): () => Gauge {
  let before: ReadonlyMap<string, Latency> = new Map();
  return () => {
    const earlier = before;
    const now = new Map([...metrics.totals()].map(([appId, { latency }]) => [appId, latency]));
    before = now;
    return (appId) => quantile(since(now.get(appId), earlier.get(appId)), 0.95);
  };
}

/** What was counted in between. */
function since(now: Latency = {}, before: Latency = {}): Latency {
  const counts = Object.entries(now).map(([slot, count]) => [slot, count - (before[Number(slot)] ?? 0)]);
  return Object.fromEntries(counts.filter(([, count]) => count !== 0));
}
