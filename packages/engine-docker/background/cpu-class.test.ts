import { expect, test } from 'vitest';
import { type CpuReading, IDLE, nextClass } from './cpu-class.ts';

const STARVED: CpuReading = { inUse: true, cores: 0.01, unused: 0 };

/** The classes after each of these readings, from the idle one on. */
function classes(...readings: readonly CpuReading[]): string[] {
  let now = IDLE;
  return readings.map((reading) => {
    now = nextClass(now, reading);
    return now.name;
  });
}

test('a group that has what it wants stays idle, on a busy machine and on one at rest', () => {
  const busy = { inUse: true, cores: 1.9, unused: 0 };
  const resting = { inUse: true, cores: 0, unused: 0.9 };
  expect(classes(busy, busy, busy, resting, resting, resting)).toEqual(Array(6).fill('idle'));
});

test('a group that starves for two readings has its weight for eight, and is tried without again', () => {
  expect(classes(...Array<CpuReading>(12).fill(STARVED))).toEqual([
    'idle',
    ...Array(8).fill('weighted'),
    'idle',
    'idle',
    'weighted',
  ]);
});

test('one hungry moment is nothing, and nobody starves where nothing runs', () => {
  const fed = { inUse: true, cores: 0.5, unused: 0 };
  expect(classes(STARVED, fed, STARVED, fed)).toEqual(Array(4).fill('idle'));
  expect(classes(...Array<CpuReading>(5).fill({ ...STARVED, inUse: false }))).toEqual(Array(5).fill('idle'));
});
