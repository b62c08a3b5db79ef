import { expect, test } from 'vitest';
import { type Migration, pendingMigrations, readMigrations } from './migrate.ts';

const migration = (number: number, checksum = `sum-${number}`): Migration => ({
  number,
  name: `000${number}_step`,
  sql: 'select 1',
  checksum,
});
const known = [migration(1), migration(2), migration(3)];

test('what has not run is pending, in order', () => {
  expect(pendingMigrations([], known)).toEqual(known);
  expect(pendingMigrations([migration(1)], known).map(({ number }) => number)).toEqual([2, 3]);
  expect(pendingMigrations(known, known)).toEqual([]);
});

test('a migration that was changed after it ran is refused by name', () => {
  expect(() => pendingMigrations([migration(1, 'other')], known)).toThrow(/0001_step is not the one that made/);
});

test('a database that a newer version made is refused', () => {
  expect(() => pendingMigrations([...known, migration(4)], known)).toThrow(/newer version.*0004_step/);
});

test('the migrations of this package come in the order of their numbers, each number once', async () => {
  const numbers = (await readMigrations(new URL('./migrations/', import.meta.url))).map(({ number }) => number);
  expect(numbers).toEqual([...new Set(numbers)].sort((one, other) => one - other));
  expect(numbers[0]).toBe(1);
});
