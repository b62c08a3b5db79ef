import { expect, test } from 'vitest';
import { afterCrash } from './crash-policy.ts';

const start = new Date('2026-01-01T00:00:00Z');
const minutes = (count: number): Date => new Date(start.getTime() + count * 60_000);

test('the first crash restarts at once, then the cool-off doubles from 10 minutes to 24 hours', () => {
  const waits: number[] = [];
  let crashes = 0;
  for (let attempt = 0; attempt < 11; attempt++) {
    const next = afterCrash(crashes, start, minutes(1));
    crashes = next.crashes;
    waits.push((next.restartAt.getTime() - minutes(1).getTime()) / 60_000);
  }
  expect(waits).toEqual([0, 10, 20, 40, 80, 160, 320, 640, 1280, 1440, 1440]);
});

test('a crash ten minutes after the start restarts at once and does not count', () => {
  expect(afterCrash(4, start, minutes(10))).toEqual({ crashes: 0, restartAt: minutes(10) });
});

test('a dyno that never started counts as an early crash', () => {
  expect(afterCrash(1, null, minutes(0)).crashes).toBe(2);
});
