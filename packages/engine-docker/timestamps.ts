/** Drift between the monotonic clock and the machine's time above which the latter counts again. */
export const MAX_DRIFT_MS = 2;

/** The machine's time in milliseconds with microsecond fractions: the monotonic clock, kept in step with `Date.now`. */
export function createTimestamps(): () => number {
  let anchor = Date.now() - performance.now();
  return () => {
    const fine = anchor + performance.now();
    const coarse = Date.now();
    if (Math.abs(fine - coarse) <= MAX_DRIFT_MS) return fine;
    anchor = coarse - performance.now();
    return coarse;
  };
}
