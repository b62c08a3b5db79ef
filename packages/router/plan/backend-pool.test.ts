import { expect, test } from 'vitest';
import { BackendPool } from './backend-pool.ts';

test('names are handed out once, and the one that was free longest comes first', () => {
  const pool = new BackendPool(3, ['b00001']);
  expect(pool.take()).toBe('b00000');
  pool.release('b00001');
  expect([pool.take(), pool.take(), pool.take()]).toEqual(['b00002', 'b00001', null]);
});

test('a grown pool keeps its names and has new ones', () => {
  const pool = new BackendPool(2, ['b00000', 'b00001']);
  pool.grow();
  expect(pool.all()).toEqual(['b00000', 'b00001', 'b00002', 'b00003']);
  expect(pool.take()).toBe('b00002');
});

test('a pool is at least as large as what is taken', () => {
  expect(new BackendPool(1, ['b00004']).size).toBe(5);
});

test('a reserved name waits for its release', () => {
  const pool = new BackendPool(1, []);
  pool.reserve('b00000');
  expect(pool.take()).toBeNull();
  pool.release('b00000');
  expect(pool.take()).toBe('b00000');
});
