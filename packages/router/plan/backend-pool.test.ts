import { expect, test } from 'vitest';
import { BackendPool, kindOf } from './backend-pool.ts';

const plain = (count: number, taken: readonly string[]) => new BackendPool({ plain: count, custom: 1 }, taken);

test('names are handed out once, and the one that was free longest comes first', () => {
  const pool = plain(3, ['b1']);
  expect(pool.take('plain')).toBe('b0');
  pool.release('b1');
  expect([pool.take('plain'), pool.take('plain'), pool.take('plain')]).toEqual(['b2', 'b1', null]);
});

test('each kind has names of its own, which tell it', () => {
  const pool = plain(1, []);
  const [one, other] = [pool.take('plain')!, pool.take('custom')!];
  expect([one, other]).toEqual(['b0', 'b-1']);
  expect([kindOf(one), kindOf(other)]).toEqual(['plain', 'custom']);
  expect(pool.take('custom')).toBeNull();
});

test('a grown pool keeps its names and has new ones of that kind', () => {
  const pool = plain(2, ['b0', 'b1']);
  pool.grow('plain');
  expect(pool.all()).toEqual(['b0', 'b1', 'b2', 'b3', 'b-1']);
  expect(pool.take('plain')).toBe('b2');
});

test('a pool is at least as large as what is taken', () => {
  expect(plain(1, ['b4', 'b-2']).sizes).toEqual({ plain: 5, custom: 2 });
});

test('a reserved name waits for its release', () => {
  const pool = plain(1, []);
  pool.reserve('b0');
  expect(pool.take('plain')).toBeNull();
  pool.release('b0');
  expect(pool.take('plain')).toBe('b0');
});
