import { expect, test } from 'vitest';
import { Allowance } from './allowance.ts';

test('an allowance is a burst, and a pace after it', () => {
  const allowance = new Allowance({ burst: 100, perMs: 2 }, 1_000);
  allowance.take(99);
  expect([allowance.left <= 0, allowance.owedMs]).toEqual([false, 0]);
  allowance.take(11);
  expect([allowance.left <= 0, allowance.owedMs]).toEqual([true, 5]);
  allowance.fill(1_004);
  expect([allowance.left <= 0, allowance.owedMs]).toEqual([true, 1]);
  allowance.fill(1_006);
  expect([allowance.left <= 0, allowance.owedMs]).toEqual([false, 0]);
});

test('an allowance never holds more than its burst', () => {
  const allowance = new Allowance({ burst: 100, perMs: 2 }, 0);
  allowance.fill(1_000_000);
  allowance.take(100);
  expect(allowance.left <= 0).toBe(true);
});
