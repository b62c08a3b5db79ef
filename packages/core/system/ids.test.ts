import { idsConformance } from '@jangada/conformance';
import { expect, test } from 'vitest';
import { systemIds } from './ids.ts';

idsConformance('the system ids', () => systemIds);

test('a UUID begins with the time at which it was made', () => {
  const before = Date.now();
  const ms = Number.parseInt(systemIds.uuid().replace('-', '').slice(0, 12), 16);
  expect(ms).toBeGreaterThanOrEqual(before);
  expect(ms).toBeLessThan(before + 5_000);
});

test('secrets do not repeat and integers reach both ends of their range', () => {
  expect(systemIds.secret()).not.toBe(systemIds.secret());
  const seen = new Set(Array.from({ length: 400 }, () => systemIds.integer(1, 3)));
  expect([...seen].sort()).toEqual([1, 2, 3]);
});
