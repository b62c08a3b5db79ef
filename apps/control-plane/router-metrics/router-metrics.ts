import type { Clock, LogLine, RouteTable } from '@jangada/core';
import { emptyRecord, merge, readRequest, recordOf, type TrafficRecord } from './record.ts';
import { RecordFiles, STEPS, type Step } from './record-files.ts';

/** Milliseconds between two looks at the requests in flight. */
const SAMPLE_MS = 10_000;

export interface RouterMetricsOptions {
  /** Folder of the records, made when it is missing. */
  readonly folder: string;
  readonly clock: Clock;
  readonly routes: Pick<RouteTable, 'inFlight'>;
  readonly report: (event: string, detail: Readonly<Record<string, unknown>>) => void;
}

/** What the router did for each app, by minute for a day and by ten minutes for a month. */
export interface RouterMetrics {
  /** Takes the router's lines, in the order of the feed. */
  take(lines: readonly LogLine[]): void;
  /** Spans that began in the range and had requests, oldest first, the present one included. */
  read(appId: string, step: Step, from: Date, to: Date): Promise<readonly TrafficRecord[]>;
  /** Requests in flight now; null while the router does not answer. */
  inFlight(appId: string): Promise<number | null>;
  /** Since this process started, by app id. */
  totals(): ReadonlyMap<string, TrafficRecord>;
  /** Deletes what is kept of an app. */
  forget(appId: string): Promise<void>;
  /** Samples and writes until the signal aborts; then writes the rest. A kill loses the present minute (ten minutes). */
  keep(signal: AbortSignal): Promise<void>;
}

export function createRouterMetrics({ folder, clock, routes, report }: RouterMetricsOptions): RouterMetrics {
  const files = new RecordFiles(folder);
  const totals = new Map<string, TrafficRecord>();
  const open: Readonly<Record<Step, Map<string, TrafficRecord>>> = { minute: new Map(), 'ten-minutes': new Map() };
  const over: { readonly appId: string; readonly step: Step; readonly record: TrafficRecord }[] = [];
  const busy = new Set<string>();

  const startOf = (step: Step, at: Date): string =>
    new Date(Math.floor(at.getTime() / STEPS[step].ms) * STEPS[step].ms).toISOString();

  const add = (appId: string, part: (at: string) => TrafficRecord): void => {
    const now = clock.now();
    for (const step of ['minute', 'ten-minutes'] as const) {
      const at = startOf(step, now);
      const record = open[step].get(appId);
      if (record && record.at !== at) over.push({ appId, step, record });
      // A request counts where its line arrives, which is when it ended.
      open[step].set(appId, merge(record?.at === at ? record : emptyRecord(at), part(at)));
    }
  };

  const inFlight = async (appId: string): Promise<number | null> => {
    const dynos = await routes.inFlight(appId).catch(() => null);
    return dynos && Object.values(dynos).reduce((sum, count) => sum + count, 0);
  };

  /** Apps that had requests lately, or still have: a long one leaves no line before its end. */
  async function sample(): Promise<void> {
    for (const appId of new Set([...open.minute.keys(), ...busy])) {
      const count = await inFlight(appId);
      if (count) busy.add(appId);
      else busy.delete(appId);
      if (count) add(appId, (at) => ({ ...emptyRecord(at), inFlight: count }));
    }
  }

  /** Writes the spans that are over; `all`: the present ones too. */
  async function write(all: boolean): Promise<void> {
    for (const step of ['minute', 'ten-minutes'] as const) {
      const present = startOf(step, clock.now());
      for (const [appId, record] of open[step]) {
        if (!all && record.at === present) continue;
        open[step].delete(appId);
        over.push({ appId, step, record });
      }
    }
    for (const { appId, step, record } of over.splice(0)) await files.append(appId, step, record);
  }

  return {
    take(lines) {
      for (const line of lines) {
        const request = readRequest(line);
        if (!request) continue;
        add(line.appId, (at) => recordOf(at, request));
        totals.set(line.appId, merge(totals.get(line.appId) ?? emptyRecord(''), recordOf('', request)));
      }
    },
    async read(appId, step, from, to) {
      const kept = await files.read(appId, step, from, to);
      const present = open[step].get(appId);
      if (!present || present.at < from.toISOString() || present.at > to.toISOString()) return kept;
      const last = kept.at(-1);
      return last?.at === present.at ? [...kept.slice(0, -1), merge(last, present)] : [...kept, present];
    },
    inFlight,
    totals: () => totals,
    async forget(appId) {
      totals.delete(appId);
      busy.delete(appId);
      for (const records of Object.values(open)) records.delete(appId);
      await files.forget(appId);
    },
    async keep(signal) {
      let pruned = '';
      while (!signal.aborted) {
        try {
          await sample();
          await write(false);
          const day = clock.now().toISOString().slice(0, 10);
          if (day !== pruned) await files.prune(clock.now());
          pruned = day;
        } catch (error) {
          report('router-metrics.failed', { error: String(error) });
        }
        await clock.sleep(SAMPLE_MS, signal).catch(() => undefined);
      }
      await write(true).catch((error: unknown) => report('router-metrics.failed', { error: String(error) }));
    },
  };
}
