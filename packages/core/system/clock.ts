import type { Clock } from '../ports/clock.ts';

/** Longest delay of a Node timer; longer sleeps are made of several. */
const LONGEST_TIMER = 2 ** 31 - 1;

/** The machine's own time. */
export const systemClock: Clock = {
  now: () => new Date(),

  async sleep(ms, signal) {
    const until = performance.now() + ms;
    do {
      await timer(Math.min(until - performance.now(), LONGEST_TIMER), signal);
    } while (performance.now() < until);
  },
};

function timer(ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason);
    const onAbort = (): void => {
      clearTimeout(handle);
      reject(signal?.reason);
    };
    const handle = setTimeout(
      () => {
        signal?.removeEventListener('abort', onAbort);
        resolve();
      },
      Math.max(0, ms),
    );
    signal?.addEventListener('abort', onAbort, { once: true });
  });
}
