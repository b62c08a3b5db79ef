import type { Monitor } from './monitor.ts';

/** Minutes in a row that must be calm before a dyno is taken away. */
export const CALM_MINUTES = 5;

/** A minute is calm when p95 is below this part of the target. */
const CALM_PART = 0.5;

type Rule = Pick<Monitor, 'metric' | 'minQuantity' | 'maxQuantity' | 'target'>;

/** What one minute asks for. */
type Wish = 'more' | 'fewer' | 'same';

/**
 * How many dynos there should be: one more when the last minute asks for it, one less after five minutes that all ask for
 * fewer; at most one step a minute, slower down than up (behaviour 9). A quantity outside the monitor's range moves into it
 * at once. 0 was somebody's will and stays, unless the range begins there.
 */
export function autoscaled(
  monitor: Rule,
  quantity: number,
  /** Readings of the last minutes in the metric's unit, for the whole process type, newest first; 0 without any load, null unknown. */
  minutes: readonly (number | null)[],
): number {
  if (quantity === 0 && monitor.minQuantity > 0) return 0;
  const within = (wanted: number): number => Math.min(Math.max(wanted, monitor.minQuantity), monitor.maxQuantity);
  if (within(quantity) !== quantity) return within(quantity);
  const wishes = minutes.slice(0, CALM_MINUTES).map((reading) => wishOf(monitor, quantity, reading));
  if (wishes[0] === 'more') return within(quantity + 1);
  const calm = wishes.length === CALM_MINUTES && wishes.every((wish) => wish === 'fewer');
  return calm ? within(quantity - 1) : quantity;
}

function wishOf({ metric, target }: Rule, quantity: number, reading: number | null): Wish {
  // An unknown load is not a small one.
  if (reading === null) return 'same';
  if (metric === 'latency') return reading > target ? 'more' : reading < target * CALM_PART ? 'fewer' : 'same';
  const needed = Math.ceil(reading / target);
  return needed > quantity ? 'more' : needed < quantity ? 'fewer' : 'same';
}
