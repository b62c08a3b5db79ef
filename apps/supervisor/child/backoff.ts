/** Milliseconds a process must have run for its next failure to count as the first again. */
const STEADY_MS = 60_000;
const FIRST_MS = 1_000;
const LONGEST_MS = 30_000;

/** How many failures in a row led here, and for how long to wait before the next start. */
export interface Backoff {
  readonly failures: number;
  readonly delayMs: number;
}

export const NO_FAILURE: Backoff = { failures: 0, delayMs: 0 };

/** 1 s, 2 s, 4 s … 30 s; a process that ran for a minute starts over at 1 s. */
export function nextBackoff(previous: Backoff, ranMs: number): Backoff {
  const failures = ranMs >= STEADY_MS ? 1 : previous.failures + 1;
  return { failures, delayMs: Math.min(FIRST_MS * 2 ** (failures - 1), LONGEST_MS) };
}
