import { PlatformError } from '@jangada/platform-api';
import { STEPS } from '../../router-metrics/record-files.ts';

export interface TimeRange {
  readonly from: Date;
  readonly to: Date;
}

/** `start_time` and `end_time` of a query; without them the `spanMs` before `now`. Throws `invalid_params`. */
export function timeRange(query: Readonly<Record<string, unknown>>, now: Date, spanMs: number): TimeRange {
  const to = timeOf(query, 'end_time') ?? now;
  const from = timeOf(query, 'start_time') ?? new Date(to.getTime() - spanMs);
  if (to < from || to.getTime() - from.getTime() > STEPS['ten-minutes'].keptMs) {
    throw new PlatformError('invalid_params', 'start_time must be before end_time, by at most 31 days.');
  }
  return { from, to };
}

/** The finest spans that are kept for this range. */
export function stepFor({ from }: TimeRange, now: Date): 'minute' | 'ten-minutes' {
  return from.getTime() < now.getTime() - STEPS.minute.keptMs ? 'ten-minutes' : 'minute';
}

function timeOf(query: Readonly<Record<string, unknown>>, name: string): Date | null {
  const text = query[name];
  if (text === undefined) return null;
  const time = new Date(typeof text === 'string' ? text : Number.NaN);
  if (Number.isNaN(time.getTime())) {
    throw new PlatformError('invalid_params', `${name} must be a time such as 2026-11-22T20:00:00Z.`);
  }
  return time;
}
