import type { DynoState } from '@jangada/core';
import { BOUNDS_MS } from './latency.ts';
import { emptyRecord, merge, type TrafficRecord } from './record.ts';
import type { Load } from './router-metrics.ts';

/** Everything that one scrape tells. */
export interface PlatformReading {
  /** Since the control plane started, by app name. */
  readonly traffic: ReadonlyMap<string, TrafficRecord>;
  /** Apps that have requests now, by name. */
  readonly loads: ReadonlyMap<string, Load>;
  readonly dynos: Readonly<Partial<Record<DynoState, number>>>;
  readonly builds: Readonly<Record<string, number>>;
  /** Bytes of resident memory by process of the platform. */
  readonly memory: Readonly<Record<string, number>>;
  readonly disk: { readonly freeBytes: number; readonly sizeBytes: number };
}

/** The text format of Prometheus, version 0.0.4. */
export function renderPrometheus(reading: PlatformReading): string {
  const { traffic, loads, dynos, builds, memory, disk } = reading;
  const requests = [...traffic].flatMap(([app, { statuses }]) =>
    Object.entries(statuses).map(([digit, count]) => sample({ app, status: `${digit}xx` }, count)),
  );
  const codes = [...traffic].flatMap(([app, record]) =>
    Object.entries(record.codes).map(([code, count]) => sample({ app, code }, count)),
  );
  const now = (figure: keyof Load): string[] => [...loads].map(([app, load]) => sample({ app }, load[figure]));
  return [
    ...family('jangada_router_requests_total', 'counter', 'Requests since the control plane started.', requests),
    ...family('jangada_router_errors_total', 'counter', 'Requests that ended with an H-code.', codes),
    ...histogram([...traffic.values()].reduce(merge, emptyRecord(''))),
    ...family('jangada_router_requests_in_flight', 'gauge', 'Requests that dynos work on.', now('inFlight')),
    ...family('jangada_router_requests_queued', 'gauge', 'Requests that wait for a dyno.', now('queued')),
    ...family('jangada_dynos', 'gauge', 'Dynos by state.', byLabel('state', dynos)),
    ...family('jangada_builds', 'gauge', 'Builds in the database by status.', byLabel('status', builds)),
    ...family('jangada_process_memory_bytes', 'gauge', 'Resident memory by process.', byLabel('process', memory)),
    ...family('jangada_disk_free_bytes', 'gauge', 'Free space where JANGADA_HOME is.', [sample({}, disk.freeBytes)]),
    ...family('jangada_disk_size_bytes', 'gauge', 'Size of that disk.', [sample({}, disk.sizeBytes)]),
    '',
  ].join('\n');
}

function family(name: string, type: string, help: string, samples: readonly string[]): string[] {
  return [`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`, ...samples.map((rest) => `${name}${rest}`)];
}

/** Without a sum, which the counters do not keep: rates and quantiles need none. */
function histogram({ latency }: TrafficRecord): string[] {
  const name = 'jangada_router_request_duration_seconds';
  let below = 0;
  const buckets = BOUNDS_MS.map((bound, slot) => {
    below += latency[slot] ?? 0;
    return `_bucket${sample({ le: String(bound / 1_000) }, below)}`;
  });
  const total = below + (latency[BOUNDS_MS.length] ?? 0);
  return family(name, 'histogram', 'Time at the dyno.', [
    ...buckets,
    `_bucket${sample({ le: '+Inf' }, total)}`,
    `_count ${total}`,
  ]);
}

function byLabel(label: string, values: Readonly<Record<string, number>>): string[] {
  return Object.entries(values).map(([value, count]) => sample({ [label]: value }, count));
}

function sample(labels: Readonly<Record<string, string>>, value: number): string {
  const quoted = Object.entries(labels).map(([name, text]) => `${name}="${text.replace(/["\\\n]/g, '\\$&')}"`);
  return `${quoted.length > 0 ? `{${quoted.join(',')}}` : ''} ${value}`;
}
