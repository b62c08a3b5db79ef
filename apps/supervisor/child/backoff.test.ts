import { expect, test } from 'vitest';
import { NO_FAILURE, nextBackoff } from './backoff.ts';

test('failures in a row wait longer and longer, never above 30 seconds', () => {
  const delays: number[] = [];
  let backoff = NO_FAILURE;
  for (let n = 0; n < 7; n++) {
    backoff = nextBackoff(backoff, 10);
    delays.push(backoff.delayMs);
  }
  expect(delays).toEqual([1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000]);
});

test('a process that ran for a minute starts again after one second', () => {
  expect(nextBackoff({ failures: 5, delayMs: 16_000 }, 60_000)).toEqual({ failures: 1, delayMs: 1_000 });
});
