import type { Clock } from '@jangada/core';
import { PlatformError } from '@jangada/platform-api';

const WINDOW_MS = 15 * 60 * 1000;
/** Wrong passwords for one account within the window. */
const PER_ACCOUNT = 10;
/** Wrong passwords from one address within the window: many people may share one. */
const PER_ADDRESS = 100;

/** Counts wrong passwords in memory, so that guessing is slow. */
export interface FailedLogins {
  /** Throws `rate_limit` when this account or address failed too often lately. */
  requireRoom(email: string, address: string): void;
  add(email: string, address: string): void;
}

export function createFailedLogins(clock: Pick<Clock, 'now'>): FailedLogins {
  const failures = new Map<string, number[]>();
  const recent = (key: string): number[] => {
    const since = clock.now().getTime() - WINDOW_MS;
    const kept = (failures.get(key) ?? []).filter((at) => at > since);
    if (kept.length === 0) failures.delete(key);
    else failures.set(key, kept);
    return kept;
  };
  return {
    requireRoom(email, address) {
      if (recent(`email ${email}`).length < PER_ACCOUNT && recent(`address ${address}`).length < PER_ADDRESS) return;
      throw new PlatformError('rate_limit', 'Too many failed logins. Wait 15 minutes and try again.');
    },
    add(email, address) {
      const now = clock.now().getTime();
      for (const key of [`email ${email}`, `address ${address}`]) failures.set(key, [...recent(key), now]);
    },
  };
}
