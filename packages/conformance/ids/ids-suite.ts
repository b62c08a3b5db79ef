import type { Ids } from '@jangada/core';
import { describe, expect, test } from 'vitest';

/** What every Ids does. */
export function idsConformance(name: string, makeIds: () => Ids): void {
  describe(`${name} are Ids`, () => {
    test('UUIDs are of version 7, never the same, and sort in the order they were made', () => {
      const ids = makeIds();
      const uuids = Array.from({ length: 10_000 }, () => ids.uuid());
      for (const uuid of uuids) {
        expect(uuid).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
      }
      expect(new Set(uuids).size).toBe(uuids.length);
      expect(uuids.toSorted()).toEqual(uuids);
    });

    test('a secret is lower-case hex of the length asked for, 32 bytes by default', () => {
      const ids = makeIds();
      expect(ids.secret()).toMatch(/^[0-9a-f]{64}$/);
      expect(ids.secret(8)).toMatch(/^[0-9a-f]{16}$/);
      expect(ids.secret(8)).not.toBe(ids.secret(8));
    });

    test('an integer lies within its range, ends included', () => {
      const ids = makeIds();
      for (let round = 0; round < 200; round++) {
        const number = ids.integer(1000, 1009);
        expect(Number.isInteger(number) && number >= 1000 && number <= 1009).toBe(true);
      }
      expect(ids.integer(7, 7)).toBe(7);
    });
  });
}
