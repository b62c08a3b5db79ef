import { setImmediate } from 'node:timers/promises';
import type { Clock } from '@jangada/core';

export interface FakeClock extends Clock {
  /**
   * Moves the time on by `ms`. Sleepers wake in the order of their time, each at its own moment; what they do then (and
   * sleep again) has its turn before the time moves on. Resolves when all that is done.
   */
  advance(ms: number): Promise<void>;
  /** How many sleep now. */
  readonly sleeping: number;
}

interface Sleeper {
  readonly due: number;
  wake(): void;
}

/** A clock that stands still until it is told to move. */
export function createFakeClock(start = new Date('2026-01-01T00:00:00.000Z')): FakeClock {
  let now = start.getTime();
  const sleepers = new Set<Sleeper>();

  const settle = async (): Promise<void> => {
    for (let turn = 0; turn < 3; turn++) await setImmediate();
  };

  return {
    now: () => new Date(now),

    sleep(ms, signal) {
      return new Promise((resolve, reject) => {
        if (signal?.aborted) return reject(signal.reason);
        const onAbort = (): void => {
          sleepers.delete(sleeper);
          reject(signal?.reason);
        };
        const sleeper: Sleeper = {
          due: now + Math.max(0, ms),
          wake() {
            sleepers.delete(sleeper);
            signal?.removeEventListener('abort', onAbort);
            resolve();
          },
        };
        sleepers.add(sleeper);
        signal?.addEventListener('abort', onAbort, { once: true });
        if (ms <= 0) queueMicrotask(sleeper.wake);
      });
    },

    async advance(ms) {
      const until = now + ms;
      await settle();
      while (true) {
        const due = [...sleepers].filter((sleeper) => sleeper.due <= until).sort((a, b) => a.due - b.due);
        const next = due[0];
        if (next === undefined) break;
        now = Math.max(now, next.due);
        next.wake();
        await settle();
      }
      now = until;
    },

    get sleeping() {
      return sleepers.size;
    },
  };
}
