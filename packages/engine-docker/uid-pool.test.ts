import { expect, test } from 'vitest';
import { UidPool } from './uid-pool.ts';

const RANGE = { first: 1_200_000, last: 2_097_151 };
const SLOT = 4_096;
const ONE = '000000000001';

const takeMany = (pool: UidPool, count: number): number[] => Array.from({ length: count }, () => pool.take());

test('every dyno has an id of its own, and one that was given back waits until the others have had their turn', () => {
  const pool = new UidPool(RANGE, ONE, [], 0);
  const [first, ...others] = takeMany(pool, 3);
  expect([first, ...others]).toEqual([1_204_096, 1_204_097, 1_204_098]);
  pool.release(first!);
  const later = takeMany(pool, SLOT - 3);
  expect(new Set([...others, ...later]).size).toBe(SLOT - 1);
  expect(later).not.toContain(first);
  expect(pool.take()).toBe(first);
});

test('a new agent begins somewhere else, and keeps the ids of dynos that run', () => {
  const pool = new UidPool(RANGE, ONE, [], 0.5);
  pool.hold(1_204_096 + SLOT / 2);
  expect(pool.take()).toBe(1_204_096 + SLOT / 2 + 1);
});

test('installations stay in different parts of the range, also when their ids lead to the same', () => {
  const [mine, theirs] = [new UidPool(RANGE, ONE, [], 0), new UidPool(RANGE, ONE, [], 0)];
  mine.avoid([theirs.take(), 1000]);
  expect(mine.take()).toBe(1_208_192);
  const other = new UidPool(RANGE, '000000000002', [], 0);
  expect(other.take()).not.toBe(theirs.take());
});

test('ids of accounts and of containers of accounts are passed over', () => {
  const pool = new UidPool(RANGE, ONE, [{ first: 1_204_096, last: 1_204_099 }], 0);
  expect(pool.take()).toBe(1_204_100);
});

test('a full slot goes on in the others', () => {
  const pool = new UidPool({ first: 70_000, last: 70_000 + 2 * SLOT - 1 }, ONE, [], 0.9);
  for (let uid = 70_000 + SLOT; uid < 70_000 + 2 * SLOT; uid++) pool.hold(uid);
  expect(takeMany(pool, 3)).toEqual([70_000, 70_001, 70_002]);
});

test('a full range says what to do', () => {
  const pool = new UidPool({ first: 70_000, last: 70_999 }, ONE, [], 0.5);
  const all = takeMany(pool, 1_000);
  expect([new Set(all).size, Math.min(...all), Math.max(...all)]).toEqual([1_000, 70_000, 70_999]);
  expect(() => pool.take()).toThrow('All user ids from 70000 to 70999 are taken. Name others in JANGADA_DYNO_UIDS.');
});
