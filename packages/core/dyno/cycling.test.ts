import { expect, test } from 'vitest';
import { systemIds } from '../system/ids.ts';
import { cycleAt } from './cycling.ts';

const startedAt = new Date('2026-01-01T00:00:00Z');
const minutesAfter = (id: string): number => (cycleAt({ id, startedAt })!.getTime() - startedAt.getTime()) / 60_000;

test('a dyno lives for a day and its own 0 to 216 minutes, spread evenly', () => {
  const jitters = Array.from({ length: 2_000 }, () => minutesAfter(systemIds.uuid()) - 24 * 60);
  expect(Math.min(...jitters)).toBeGreaterThanOrEqual(0);
  expect(Math.max(...jitters)).toBeLessThan(216);
  const mean = jitters.reduce((sum, one) => sum + one, 0) / jitters.length;
  expect(Math.abs(mean - 108)).toBeLessThan(10);
});

test('the same dyno has the same time whenever it is asked for', () => {
  const id = systemIds.uuid();
  expect(minutesAfter(id)).toBe(minutesAfter(id));
});

test('a dyno that has not started has no time', () => {
  expect(cycleAt({ id: systemIds.uuid(), startedAt: null })).toBeNull();
});
