import { type AppLoad, type Clock, type LogLine, type RouteTable, Turns } from '@jangada/core';
import { bySpan, emptyRecord, isWithin, merge, readRequest, recordOf, type TrafficRecord } from './record.ts';
import { RecordFiles, STEPS, type Step } from './record-files.ts';

/** Milliseconds between two looks at the requests in flight. */
const SAMPLE_MS = 10_000;

/** Samples in `lastMinute`. */
const SAMPLES = 6;

/** Spans that may wait to be written, of ten thousand apps say, which all end at the same moment; the oldest are lost. */
const MAX_WAITING = 20_000;

export interface RouterMetricsOptions {
  /** Folder of the records, made when it is missing. */
  readonly folder: string;
  readonly clock: Clock;
  readonly routes: Pick<RouteTable, 'loads'>;
  readonly report: (event: string, detail: Readonly<Record<string, unknown>>) => void;
}

/** Requests of one app. */
export type Load = Omit<AppLoad, 'appId'>;

const IDLE: Load = { inFlight: 0, queued: 0 };

/** One span of an app. */
interface Span {
  readonly appId: string;
  readonly step: Step;
  readonly record: TrafficRecord;
}

/** What the router did for each app, by minute for a day and by ten minutes for a month. */
export interface RouterMetrics {
  /** Takes the router's lines, in the order of the feed. */
  take(lines: readonly LogLine[]): void;
  /** Spans that began in the range and had requests, oldest first, the present one included. */
  read(appId: string, step: Step, from: Date, to: Date): Promise<readonly TrafficRecord[]>;
  /** Requests now; null while the router does not answer. */
  load(appId: string): Promise<Load | null>;
  /** The same of every app that has requests now, by app id. */
  loads(): Promise<ReadonlyMap<string, Load> | null>;
  /**
   * Requests over the last minute, the mean of a sample each ten seconds, for autoscaling; null while nothing has been seen.
   * All are of the process type `web`: the router sends requests to no other.
   */
  lastMinute(appId: string): Load | null;
  /** Told while the router's lines do not come, so that nobody takes their absence for an absence of requests. */
  missed(): void;
  /** How often that was told. While it grows, totals may lack requests. */
  gaps(): number;
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
  /** Spans that are over, oldest first, until they are in the files. */
  const waiting = new Set<Span>();
  /** Whoever reads or changes the files has its turn, so that no span is seen twice, here and there. */
  const turns = new Turns();
  let gaps = 0;
  let samples: readonly ReadonlyMap<string, Load>[] = [];

  const startOf = (step: Step, at: Date): string =>
    new Date(Math.floor(at.getTime() / STEPS[step].ms) * STEPS[step].ms).toISOString();

  const endSpan = (span: Span): void => {
    waiting.add(span);
    for (const oldest of waiting) {
      if (waiting.size <= MAX_WAITING) return;
      waiting.delete(oldest);
    }
  };

  const add = (appId: string, part: (at: string) => TrafficRecord): void => {
    const now = clock.now();
    for (const step of ['minute', 'ten-minutes'] as const) {
      const at = startOf(step, now);
      const record = open[step].get(appId);
      if (record && record.at !== at) endSpan({ appId, step, record });
      // A request counts where its line arrives, which is when it ended.
      open[step].set(appId, merge(record?.at === at ? record : emptyRecord(at), part(at)));
    }
  };

  const loads = async (): Promise<ReadonlyMap<string, Load> | null> => {
    const seen = await routes.loads().catch(() => null);
    return seen && new Map(seen.map(({ appId, ...load }) => [appId, load]));
  };

  async function sample(): Promise<void> {
    const seen = await loads();
    // What is unknown is not zero: a router that restarts must not look like one without traffic.
    samples = seen === null ? [] : [...samples, seen].slice(-SAMPLES);
    for (const [appId, load] of seen ?? []) add(appId, (at) => ({ ...emptyRecord(at), ...load }));
  }

  /** Writes the spans that are over; `all`: the present ones too. What cannot be written waits for the next time. */
  async function write(all: boolean): Promise<void> {
    for (const step of ['minute', 'ten-minutes'] as const) {
      const present = startOf(step, clock.now());
      for (const [appId, record] of open[step]) {
        if (!all && record.at === present) continue;
        open[step].delete(appId);
        endSpan({ appId, step, record });
      }
    }
    let failure: unknown = null;
    for (const span of waiting) {
      await turns
        .take(async () => {
          if (!waiting.has(span)) return;
          await files.append(span.appId, span.step, span.record);
          waiting.delete(span);
        })
        .catch((error: unknown) => {
          failure = error;
        });
    }
    if (failure !== null) report('router-metrics.failed', { error: String(failure) });
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
    read: (appId, step, from, to) =>
      turns.take(async () => {
        const kept = await files.read(appId, step, from, to);
        const over = [...waiting].filter((span) => span.appId === appId && span.step === step);
        const present = open[step].get(appId);
        const unwritten = [...over.map(({ record }) => record), ...(present ? [present] : [])];
        return bySpan([...kept, ...unwritten.filter((record) => isWithin(record, from, to))]);
      }),
    loads,
    async load(appId) {
      const seen = await loads();
      return seen && (seen.get(appId) ?? IDLE);
    },
    lastMinute(appId) {
      if (samples.length === 0) return null;
      const mean = (figure: keyof Load): number =>
        samples.reduce((sum, seen) => sum + (seen.get(appId) ?? IDLE)[figure], 0) / samples.length;
      return { inFlight: mean('inFlight'), queued: mean('queued') };
    },
    missed() {
      gaps += 1;
    },
    gaps: () => gaps,
    totals: () => totals,
    async forget(appId) {
      totals.delete(appId);
      for (const records of Object.values(open)) records.delete(appId);
      for (const span of waiting) if (span.appId === appId) waiting.delete(span);
      await turns.take(() => files.forget(appId));
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
      await write(true);
    },
  };
}
