import { Allowance, type Clock } from '@jangada/core';

/** Requests per hour and account (behaviour 8). */
export const REQUESTS_PER_HOUR = 4_500;

const HOUR_MS = 3_600_000;

/** Counts requests of each account in memory; what is used comes back evenly over an hour. */
export interface RateLimit {
  /** Takes one request; what remains, or null when there was none left. */
  take(accountId: string): number | null;
}

export function createRateLimit(clock: Pick<Clock, 'now'>, perHour = REQUESTS_PER_HOUR): RateLimit {
  const allowances = new Map<string, Allowance>();
  return {
    take(accountId) {
      const now = clock.now().getTime();
      const allowance = allowances.get(accountId) ?? new Allowance({ burst: perHour, perMs: perHour / HOUR_MS }, now);
      allowances.set(accountId, allowance);
      allowance.fill(now);
      if (allowance.left < 1) return null;
      allowance.take(1);
      return Math.floor(allowance.left);
    },
  };
}
