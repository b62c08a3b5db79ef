import { autoscaled, CALM_MINUTES, type Formation, type Monitor } from '@jangada/core';
import { isPlatformError } from '@jangada/platform-api';
import { logApi } from '../changes/api-log.ts';
import { recordEvent } from '../changes/record-event.ts';
import type { Context } from '../context.ts';
import { scale } from '../resources/formation/rules.ts';
import type { RouterMetrics } from '../router-metrics/router-metrics.ts';
import { type Gauge, measureLatency } from './measure-latency.ts';
import { askQueueDepth, type QueueDepth } from './queue-depth.ts';

/** Milliseconds between two looks, and so between two steps of a process type (behaviour 9). */
const STEP_MS = 60_000;

/** Changes the number of dynos of process types that have an active monitor. */
export interface Autoscaler {
  /** One look at every active monitor. */
  step(): Promise<void>;
}

type Metrics = Pick<RouterMetrics, 'totals' | 'gaps' | 'lastMinute'>;

export function createAutoscaler(
  context: Context,
  metrics: Metrics,
  depthOf: QueueDepth = askQueueDepth(context),
): Autoscaler {
  const latency = measureLatency(metrics);
  let history: ReadonlyMap<string, readonly (number | null)[]> = new Map();
  let unread: ReadonlySet<string> = new Set();

  /** The reading of one minute; null when it is not known. A queue that cannot be read is told of once, until it can. */
  async function read(monitor: Monitor, p95: Gauge, failing: Set<string>): Promise<number | null> {
    const { id, appId, metric, type } = monitor;
    if (metric === 'latency') return p95(appId);
    if (metric === 'requests') {
      const load = metrics.lastMinute(appId);
      return load && load.inFlight + load.queued;
    }
    try {
      return await depthOf(monitor);
    } catch (error) {
      failing.add(id);
      const reason = isPlatformError(error) ? error.message : `The depth of the queue is not known: ${String(error)}.`;
      if (!unread.has(id)) await logApi(context, appId, [`Autoscaling of ${type} rests. ${reason}`]);
      return null;
    }
  }

  return {
    async step() {
      const p95 = latency();
      const monitors = await context.store.rows.monitors.list({ isActive: true });
      const failing = new Set<string>();
      const next = new Map<string, readonly (number | null)[]>();
      await Promise.all(
        monitors.map(async (monitor) => {
          try {
            if (await rests(context, monitor)) return;
            const reading = await read(monitor, p95, failing);
            const minutes = [reading, ...(history.get(monitor.id) ?? [])].slice(0, CALM_MINUTES);
            next.set(monitor.id, minutes);
            await apply(context, monitor, minutes);
          } catch (error) {
            const reason = isPlatformError(error) ? error.message : String(error);
            context.report('autoscale.failed', { appId: monitor.appId, reason });
          }
        }),
      );
      history = next;
      unread = failing;
    },
  };
}

/**
 * An app that sleeps or is in maintenance says nothing about how many dynos it needs. Nor do its requests while no web dyno is
 * up: error pages are quick, and few wait for them. Its minutes count anew afterwards.
 */
async function rests({ store: { rows } }: Context, { appId, metric }: Monitor): Promise<boolean> {
  const app = await rows.apps.get(appId);
  if (app === null || app.maintenance) return true;
  if ((await rows.dynos.count({ appId, state: 'idle' })) > 0) return true;
  return metric !== 'queue' && (await rows.dynos.count({ appId, type: 'web', state: 'up' })) === 0;
}

/** Scales as a person does, under the app's lock, with an event and a line in the log. */
async function apply(context: Context, monitor: Monitor, minutes: readonly (number | null)[]): Promise<void> {
  const { id, appId, type } = monitor;
  const texts = await context.store.transaction(async (tx) => {
    await tx.lock(appId);
    // What was read took a while: in between somebody may have changed the monitor or switched it off.
    const present = await tx.monitors.get(id);
    if (present === null || !present.isActive) return [];
    const formation = await tx.formations.list({ appId });
    const before = formation.find((one) => one.type === type);
    const quantity = before === undefined ? 0 : autoscaled(present, before.quantity, minutes);
    if (before === undefined || quantity === before.quantity) return [];
    const [scaled] = scale(context.sizes, formation, [{ type, quantity }]);
    if (scaled === undefined) return [];
    await tx.formations.update(scaled.id, { quantity, updatedAt: context.clock.now() });
    const data = { id: scaled.id, type, quantity, size: scaled.size };
    await recordEvent(context, tx, { appId, actorId: null, entity: 'api:formation', action: 'update', data });
    await tx.notify('app', appId);
    return [describe(present, before, quantity, minutes[0] ?? null)];
  });
  await logApi(context, appId, texts);
}

function describe(
  { metric, type, target }: Monitor,
  before: Formation,
  quantity: number,
  reading: number | null,
): string {
  const step = `Autoscaled ${type} from ${before.quantity} to ${quantity} dynos`;
  const shown = reading === null ? null : Number(reading.toFixed(1)).toLocaleString('en-US');
  if (metric === 'latency') {
    const time = reading === null ? 'unknown' : `${Math.round(reading)}ms`;
    return `${step}: ${reading === 0 ? 'no requests' : `p95 response time ${time}`}, target ${target}ms`;
  }
  if (metric === 'requests') return `${step}: ${shown ?? 'unknown'} requests in flight, target ${target} each`;
  return `${step}: ${shown ?? 'unknown'} entries in the queue, target ${target} each`;
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
