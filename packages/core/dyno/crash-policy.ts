const MINUTE = 60_000;

/** A crash this long after the start, or later, restarts at once and does not count. */
export const CRASH_WINDOW_MS = 10 * MINUTE;
const FIRST_COOL_OFF_MS = 10 * MINUTE;
const LONGEST_COOL_OFF_MS = 24 * 60 * MINUTE;

/**
 * When a crashed dyno starts again (behaviour 1.4): the first crash at once, the second after 10 minutes, then 20, 40 …
 * doubling up to 24 hours. `crashes` is how many counted before this one.
 */
export function afterCrash(
  crashes: number,
  startedAt: Date | null,
  crashedAt: Date,
): { crashes: number; restartAt: Date } {
  const ranLong = startedAt !== null && crashedAt.getTime() - startedAt.getTime() >= CRASH_WINDOW_MS;
  if (ranLong) return { crashes: 0, restartAt: crashedAt };
  const counted = crashes + 1;
  const coolOff = counted === 1 ? 0 : Math.min(FIRST_COOL_OFF_MS * 2 ** (counted - 2), LONGEST_COOL_OFF_MS);
  return { crashes: counted, restartAt: new Date(crashedAt.getTime() + coolOff) };
}
