import { PassThrough } from 'node:stream';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { FloodRests } from './flood-rests.ts';

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

const outputs = (count: number): PassThrough[] =>
  Array.from({ length: count }, () => new PassThrough().on('data', () => undefined));
const paused = (streams: readonly PassThrough[]): boolean[] => streams.map((stream) => stream.isPaused());

test('a dyno rests for what it owes, and is read again', () => {
  const [flood] = outputs(1);
  new FloodRests().rest(flood!, 20);
  expect(flood!.isPaused()).toBe(true);
  vi.advanceTimersByTime(19);
  expect(flood!.isPaused()).toBe(true);
  vi.advanceTimersByTime(1);
  expect(flood!.isPaused()).toBe(false);
});

test('a moment is not worth a rest', () => {
  const [flood] = outputs(1);
  new FloodRests().rest(flood!, 4);
  expect(flood!.isPaused()).toBe(false);
});

test('those who flood at the same time rest longer, and each gets its turn', () => {
  const rests = new FloodRests();
  const floods = outputs(3);
  for (const flood of floods) rests.rest(flood, 20);
  vi.advanceTimersByTime(20);
  expect(paused(floods)).toEqual([false, true, true]);
  vi.advanceTimersByTime(40);
  expect(paused(floods)).toEqual([false, false, false]);
  for (const flood of floods) rests.rest(flood, 1_000);
  vi.advanceTimersByTime(500);
  expect(paused(floods)).toEqual([false, false, false]);
});
