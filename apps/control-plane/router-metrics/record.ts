import type { LogLine } from '@jangada/core';
import { type Latency, quantile, slotOf } from './latency.ts';

/** What the router did for one app in one span of time. */
export interface TrafficRecord {
  /** Start of the span, ISO 8601. */
  readonly at: string;
  /** Requests by the first digit of their status. */
  readonly statuses: Readonly<Record<string, number>>;
  /** Requests by H-code. */
  readonly codes: Readonly<Record<string, number>>;
  readonly latency: Latency;
  /** Most requests seen in flight at once. */
  readonly inFlight: number;
  /** Most requests seen waiting at once. */
  readonly queued: number;
}

/** One request as its line tells it. */
export interface RequestSeen {
  readonly status: number;
  /** Null: none. */
  readonly code: string | null;
  /** Milliseconds at the dyno; null when no dyno had it, and for tunnels. */
  readonly serviceMs: number | null;
}

/** Null for a line that is not of the router. What a client can choose comes before the fields that are read here. */
export function readRequest(line: LogLine): RequestSeen | null {
  if (line.source !== 'heroku' || line.ps !== 'router') return null;
  const end = /dyno=\S* connect=(?:\d+ms)? service=(?:(\d+)ms)? status=(\d{3}) bytes=\d* protocol=https?$/.exec(
    line.text,
  );
  if (!end) return null;
  const status = Number(end[2]);
  const code = /^(?:sock=\w+ )?at=\w+ code=(H\d\d) /.exec(line.text)?.[1] ?? null;
  return { status, code, serviceMs: end[1] === undefined || status === 101 ? null : Number(end[1]) };
}

export function emptyRecord(at: string): TrafficRecord {
  return { at, statuses: {}, codes: {}, latency: {}, inFlight: 0, queued: 0 };
}

export function recordOf(at: string, { status, code, serviceMs }: RequestSeen): TrafficRecord {
  return {
    at,
    statuses: { [Math.floor(status / 100)]: 1 },
    codes: code === null ? {} : { [code]: 1 },
    latency: serviceMs === null ? {} : { [slotOf(serviceMs)]: 1 },
    inFlight: 0,
    queued: 0,
  };
}

/** Both together; keeps the start of the first. */
export function merge(one: TrafficRecord, other: TrafficRecord): TrafficRecord {
  return {
    at: one.at,
    statuses: sum(one.statuses, other.statuses),
    codes: sum(one.codes, other.codes),
    latency: sum(one.latency, other.latency),
    inFlight: Math.max(one.inFlight, other.inFlight),
    queued: Math.max(one.queued, other.queued),
  };
}

/** Whether its span begins in the range. */
export function isWithin({ at }: TrafficRecord, from: Date, to: Date): boolean {
  return at >= from.toISOString() && at <= to.toISOString();
}

/** One record a span, oldest first: parts of the same span are put together. */
export function bySpan(records: readonly TrafficRecord[]): readonly TrafficRecord[] {
  const spans = new Map<string, TrafficRecord>();
  for (const record of records) {
    const known = spans.get(record.at);
    spans.set(record.at, known ? merge(known, record) : record);
  }
  return [...spans.values()].sort((a, b) => (a.at < b.at ? -1 : 1));
}

function sum(one: Readonly<Record<string, number>>, other: Readonly<Record<string, number>>): Record<string, number> {
  const total: Record<string, number> = { ...one };
  for (const [key, count] of Object.entries(other)) total[key] = (total[key] ?? 0) + count;
  return total;
}

/** As the API shows it. */
export function present(record: TrafficRecord) {
  const { at, statuses, codes, latency, inFlight, queued } = record;
  const [p50, p95, p99] = [0.5, 0.95, 0.99].map((share) => quantile(latency, share));
  return {
    at,
    requests: Object.values(statuses).reduce((total, count) => total + count, 0),
    statuses: Object.fromEntries(Object.entries(statuses).map(([digit, count]) => [`${digit}xx`, count])),
    codes,
    latency_ms: { p50, p95, p99 },
    max_in_flight: inFlight,
    max_queued: queued,
  };
}
