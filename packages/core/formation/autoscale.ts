import type { Monitor } from './monitor.ts';

/** Minutes in a row that must be calm before a dyno is taken away. */
export const CALM_MINUTES = 5;

/** A minute is calm when p95 is below this part of the target, or nothing was asked for. */
const CALM_PART = 0.5;

/**
 * How many web dynos there should be: one more when the last minute's p95 is above the target, one less after five calm
 * minutes; at most one step a minute, slower down than up (behaviour 9). A quantity outside the monitor's range moves into
 * it at once; 0 was somebody's will and stays.
 */
export function autoscaled(
  monitor: Pick<Monitor, 'minQuantity' | 'maxQuantity' | 'targetMs'>,
  quantity: number,
  /** p95 in milliseconds of the last minutes, newest first; null for a minute without requests. */
  minutes: readonly (number | null)[],
): number {
  if (quantity === 0) return 0;
  const within = (wanted: number): number => Math.min(Math.max(wanted, monitor.minQuantity), monitor.maxQuantity);
  if (within(quantity) !== quantity) return within(quantity);
  const [last = null] = minutes;
  if (last !== null && last > monitor.targetMs) return within(quantity + 1);
  const recent = minutes.slice(0, CALM_MINUTES);
  const calm = recent.every((p95) => p95 === null || p95 < monitor.targetMs * CALM_PART);
  return calm && recent.length === CALM_MINUTES ? within(quantity - 1) : quantity;
}
