import type { Clock } from '@jangada/core';
import { PlatformError } from '@jangada/platform-api';
import { clientNetwork } from './client-network.ts';

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
  /**
   * Makes one attempt, whose `check` gives null for a wrong password. It counts as failed from the beginning, or many at once
   * would all be let in before the first has failed; what gives something or throws does not count in the end. Throws
   * `rate_limit` without a check when this account or address failed too often lately.
   */
  attempt<Found>(email: string, address: string, check: () => Promise<Found | null>): Promise<Found | null>;
}

interface Counter {
  readonly key: string;
  readonly limit: number;
}

export function createFailedLogins(clock: Pick<Clock, 'now'>): FailedLogins {
  const failures = new Map<string, readonly number[]>();
  const recent = (key: string): readonly number[] => {
    const since = clock.now().getTime() - WINDOW_MS;
    return (failures.get(key) ?? []).filter((at) => at > since);
  };
  const add = (counters: readonly Counter[], at: number): void => {
    for (const { key } of counters) failures.set(key, [...recent(key), at]);
    if (failures.size < SWEEP_AT) return;
    for (const key of failures.keys()) if (recent(key).length === 0) failures.delete(key);
  };
  const takeBack = (counters: readonly Counter[], at: number): void => {
    for (const { key } of counters) {
      const times = recent(key);
      const index = times.indexOf(at);
      if (index >= 0) failures.set(key, times.toSpliced(index, 1));
    }
  };
  return {
    async attempt(email, address, check) {
      const counters = countersOf(email, clientNetwork(address));
      if (counters.some(({ key, limit }) => recent(key).length >= limit)) {
        throw new PlatformError('rate_limit', 'Too many failed logins. Wait 15 minutes and try again.');
      }
      const at = clock.now().getTime();
      add(counters, at);
      let failed = false;
      try {
        const found = await check();
        failed = found === null;
        return found;
      } finally {
        if (!failed) takeBack(counters, at);
      }
    },
  };
}

function countersOf(email: string, network: string): readonly Counter[] {
  return [
    { key: `pair ${network} ${email}`, limit: PER_PAIR },
    { key: `account ${email}`, limit: PER_ACCOUNT },
    { key: `address ${network}`, limit: PER_ADDRESS },
  ];
}
