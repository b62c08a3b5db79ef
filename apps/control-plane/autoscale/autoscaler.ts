import { autoscaled, CALM_MINUTES, type Formation, type Monitor } from '@jangada/core';
import { isPlatformError } from '@jangada/platform-api';
import { logApi } from '../changes/api-log.ts';
import { recordEvent } from '../changes/record-event.ts';
import type { Context } from '../context.ts';
import { scale } from '../resources/formation/rules.ts';
import { type Latency, quantile } from '../router-metrics/latency.ts';
import type { RouterMetrics } from '../router-metrics/router-metrics.ts';

/** Milliseconds between two looks, and so between two steps of an app (behaviour 9). */
const STEP_MS = 60_000;

/** Changes the number of web dynos of apps that have an active monitor. */
export interface Autoscaler {
  /** One look at every active monitor. */
  step(): Promise<void>;
}

export function createAutoscaler(context: Context, metrics: Pick<RouterMetrics, 'totals'>): Autoscaler {
  let before: ReadonlyMap<string, Latency> = new Map();
  let history: ReadonlyMap<string, readonly (number | null)[]> = new Map();
  return {
    async step() {
      const now = new Map([...metrics.totals()].map(([appId, { latency }]) => [appId, latency]));
      const p95 = (appId: string): number | null => quantile(since(now.get(appId), before.get(appId)), 0.95);
      const monitors = await context.store.rows.monitors.list({ isActive: true });
      history = new Map(
        monitors.map(({ appId }) => [appId, [p95(appId), ...(history.get(appId) ?? [])].slice(0, CALM_MINUTES)]),
      );
      before = now;
      for (const monitor of monitors) {
        const minutes = history.get(monitor.appId) ?? [];
        await apply(context, monitor, minutes).catch((error: unknown) => {
          const reason = isPlatformError(error) ? error.message : String(error);
          context.report('autoscale.failed', { appId: monitor.appId, reason });
        });
      }
    },
  };
}

/** What was counted in between. */
function since(now: Latency = {}, before: Latency = {}): Latency {
  const counts = Object.entries(now).map(([slot, count]) => [slot, count - (before[Number(slot)] ?? 0)]);
  return Object.fromEntries(counts.filter(([, count]) => count !== 0));
}

/** Scales as a person does, under the app's lock, with an event and a line in the log. */
async function apply(context: Context, monitor: Monitor, minutes: readonly (number | null)[]): Promise<void> {
  const { appId, type } = monitor;
  const texts = await context.store.transaction(async (tx) => {
    await tx.lock(appId);
    const formation = await tx.formations.list({ appId });
    const before = formation.find((one) => one.type === type);
    const quantity = before === undefined ? 0 : autoscaled(monitor, before.quantity, minutes);
    if (before === undefined || quantity === before.quantity) return [];
    const [scaled] = scale(context.sizes, formation, [{ type, quantity }]);
    if (scaled === undefined) return [];
    await tx.formations.update(scaled.id, { quantity, updatedAt: context.clock.now() });
    const data = { id: scaled.id, type, quantity, size: scaled.size };
    await recordEvent(context, tx, { appId, actorId: null, entity: 'api:formation', action: 'update', data });
    await tx.notify('app', appId);
    return [describe(monitor, before, quantity, minutes[0] ?? null)];
  });
  await logApi(context, appId, texts);
}

function describe(monitor: Monitor, before: Formation, quantity: number, p95: number | null): string {
  const measured = p95 === null ? 'no requests' : `p95 response time ${Math.round(p95)}ms`;
  return `Autoscaled ${monitor.type} from ${before.quantity} to ${quantity} dynos: ${measured}, target ${monitor.targetMs}ms`;
}

/** Steps until the signal aborts. */
export async function keepAutoscaling(context: Context, autoscaler: Autoscaler, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    await context.clock.sleep(STEP_MS, signal).catch(() => undefined);
    if (signal.aborted) return;
    await autoscaler.step().catch((error: unknown) => {
      context.report('autoscale.failed', { error: String(error) });
    });
  }
}
