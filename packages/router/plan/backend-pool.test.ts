import { expect, test } from 'vitest';
import { BackendPool, kindOf } from './backend-pool.ts';

const plain = (count: number, taken: readonly string[]) => new BackendPool({ plain: count, custom: 1 }, taken);

test('names are handed out once, and the one that was free longest comes first', () => {
  const pool = plain(3, ['b00001']);
  expect(pool.take('plain')).toBe('b00000');
  pool.release('b00001');
  expect([pool.take('plain'), pool.take('plain'), pool.take('plain')]).toEqual(['b00002', 'b00001', null]);
});

test('each kind has names of its own, which tell it', () => {
  const pool = plain(1, []);
  const [one, other] = [pool.take('plain')!, pool.take('custom')!];
  expect([one, other]).toEqual(['b00000', 'c00000']);
  expect([kindOf(one), kindOf(other)]).toEqual(['plain', 'custom']);
  expect(pool.take('custom')).toBeNull();
});

test('a grown pool keeps its names and has new ones of that kind', () => {
  const pool = plain(2, ['b00000', 'b00001']);
  pool.grow('plain');
  expect(pool.all()).toEqual(['b00000', 'b00001', 'b00002', 'b00003', 'c00000']);
  expect(pool.take('plain')).toBe('b00002');
});

test('a pool is at least as large as what is taken', () => {
  expect(plain(1, ['b00004', 'c00001']).sizes).toEqual({ plain: 5, custom: 2 });
});

test('a reserved name waits for its release', () => {
  const pool = plain(1, []);
  pool.reserve('b00000');
  expect(pool.take('plain')).toBeNull();
  pool.release('b00000');
  expect(pool.take('plain')).toBe('b00000');
});
