import type { Clock } from '@jangada/core';
import { PlatformError } from '@jangada/platform-api';

const WINDOW_MS = 15 * 60 * 1000;
/** Wrong passwords for one account from one address within the window. */
const PER_PAIR = 10;
/** Wrong passwords for one account from everywhere: higher, so that others cannot lock a person out easily. */
const PER_ACCOUNT = 100;
/** Wrong passwords from one address: higher, because many people may share one. */
const PER_ADDRESS = 100;
/** Counters above which those that are over are looked for and removed. */
const SWEEP_AT = 1_000;

/** Counts wrong passwords in memory, so that guessing is slow. */
export interface FailedLogins {
  /** Throws `rate_limit` when this account or address failed too often lately. */
  requireRoom(email: string, address: string): void;
  add(email: string, address: string): void;
}

export function createFailedLogins(clock: Pick<Clock, 'now'>): FailedLogins {
  const failures = new Map<string, readonly number[]>();
  const recent = (key: string): readonly number[] => {
    const since = clock.now().getTime() - WINDOW_MS;
    return (failures.get(key) ?? []).filter((at) => at > since);
  };
  const limits = (email: string, address: string): readonly (readonly [key: string, limit: number])[] => [
    [`pair ${address} ${email}`, PER_PAIR],
    [`account ${email}`, PER_ACCOUNT],
    [`address ${address}`, PER_ADDRESS],
  ];
  return {
    requireRoom(email, address) {
      if (limits(email, address).every(([key, limit]) => recent(key).length < limit)) return;
      throw new PlatformError('rate_limit', 'Too many failed logins. Wait 15 minutes and try again.');
    },
    add(email, address) {
      const now = clock.now().getTime();
      for (const [key, limit] of limits(email, address)) failures.set(key, [...recent(key), now].slice(-limit));
      if (failures.size < SWEEP_AT) return;
      for (const key of failures.keys()) if (recent(key).length === 0) failures.delete(key);
    },
  };
}
