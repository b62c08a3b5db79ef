import type { Clock } from '@jangada/core';
import { describe, expect, test } from 'vitest';

export interface ClockUnderTest {
  readonly clock: Clock;
  /** Lets the given time pass, at least for a clock that does not do so by itself. */
  pass(ms: number): Promise<void>;
}

/** What every Clock does. */
export function clockConformance(name: string, makeClock: () => ClockUnderTest): void {
  describe(`${name} is a Clock`, () => {
    test('a sleep lasts as long as it should, as the same clock tells', async () => {
      const { clock, pass } = makeClock();
      const before = clock.now().getTime();
      const sleep = clock.sleep(30);
      await pass(30);
      await sleep;
      expect(clock.now().getTime() - before).toBeGreaterThanOrEqual(29);
    });

    test('shorter sleeps end before longer ones', async () => {
      const { clock, pass } = makeClock();
      const order: number[] = [];
      const sleeps = [40, 5, 20].map((ms) => clock.sleep(ms).then(() => order.push(ms)));
      await pass(40);
      await Promise.all(sleeps);
      expect(order).toEqual([5, 20, 40]);
    });

    test('a sleep of nothing ends by itself', async () => {
      await makeClock().clock.sleep(0);
    });

    test('an aborted sleep rejects at once with the reason', async () => {
      const { clock } = makeClock();
      const stop = new AbortController();
      const sleep = clock.sleep(3_600_000, stop.signal);
      stop.abort(new Error('enough'));
      await expect(sleep).rejects.toThrow('enough');
      await expect(clock.sleep(3_600_000, stop.signal)).rejects.toThrow('enough');
    });

    test('a sleep of a month does not end at once', async () => {
      const { clock } = makeClock();
      const stop = new AbortController();
      const sleep = clock.sleep(31 * 24 * 3_600_000, stop.signal).then(
        () => 'woke',
        () => 'aborted',
      );
      await new Promise((resolve) => setTimeout(resolve, 20));
      stop.abort();
      expect(await sleep).toBe('aborted');
    });
  });
}
