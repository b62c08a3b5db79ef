/** Upper bounds of the counters in milliseconds; what is longer counts in one more. */
export const BOUNDS_MS = [
  1, 2, 3, 4, 5, 7, 10, 15, 20, 25, 35, 50, 75, 100, 150, 200, 250, 350, 500, 750, 1_000, 1_500, 2_000, 2_500, 3_500,
  5_000, 7_500, 10_000, 15_000, 20_000, 30_000, 60_000,
] as const;

/** How many requests took how long: by the index of the bound. Small enough for every app and minute. */
export type Latency = Readonly<Record<number, number>>;

/** Index of the counter of a request. */
export function slotOf(ms: number): number {
  const index = BOUNDS_MS.findIndex((bound) => ms <= bound);
  return index < 0 ? BOUNDS_MS.length : index;
}

/** The time within which that share of the requests ended, in milliseconds: exact to the width of a counter. Null without any. */
export function quantile(latency: Latency, share: number): number | null {
  const counts = Object.entries(latency).map(([slot, count]) => [Number(slot), count] as const);
  const total = counts.reduce((sum, [, count]) => sum + count, 0);
  if (total === 0) return null;
  let before = 0;
  for (const [slot, count] of counts.sort(([a], [b]) => a - b)) {
    if (before + count < share * total) {
      before += count;
      continue;
    }
    const low = slot === 0 ? 0 : BOUNDS_MS[slot - 1]!;
    const high = BOUNDS_MS[slot] ?? low;
    return Math.round(low + (high - low) * Math.max(0, (share * total - before) / count));
  }
  return null;
}
