import type { Clock } from '@jangada/core';

/** Requests per hour and account (behaviour 8). */
export const REQUESTS_PER_HOUR = 4_500;

const HOUR_MS = 3_600_000;

/** Counts requests of each account in memory; what is used comes back evenly over an hour. */
export interface RateLimit {
  /** Takes one request; what remains, or null when there was none left. */
  take(accountId: string): number | null;
}

export function createRateLimit(clock: Pick<Clock, 'now'>, perHour = REQUESTS_PER_HOUR): RateLimit {
  const buckets = new Map<string, { left: number; at: number }>();
  return {
    take(accountId) {
      const now = clock.now().getTime();
      const bucket = buckets.get(accountId) ?? { left: perHour, at: now };
      buckets.set(accountId, bucket);
      bucket.left = Math.min(perHour, bucket.left + ((now - bucket.at) * perHour) / HOUR_MS);
      bucket.at = now;
      if (bucket.left < 1) return null;
      bucket.left -= 1;
      return Math.floor(bucket.left);
    },
  };
}
