import { expect, test } from 'vitest';
import { requestIdOf, startMark } from './request-id.ts';

const FORM = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-8[0-9a-f]{3}-[0-9a-f]{12}$/;

const idOf = (second: number, count: number): string =>
  requestIdOf(undefined, `${second}-${startMark(Buffer.from('12ab34cd', 'hex'))}-8042-${count}`);

test('it is a UUID however far HAProxy has counted', () => {
  for (const count of [0, 7, 65_535, 4_294_967_295]) expect(idOf(1_796_013_851, count)).toMatch(FORM);
  expect(idOf(1_796_013_851, 7)).toBe('96013851-12ab-434c-8042-7fffffffffff');
});

test('another number or another second is another id', () => {
  const ids = [0, 1, 11, 111, 1_111].flatMap((count) => [1_111_111_111, 1_111_111_112].map((at) => idOf(at, count)));
  expect(new Set(ids).size).toBe(ids.length);
});

test('a client’s own is kept when it has the form', () => {
  expect(requestIdOf('0123456789abcdef0123', '')).toBe('0123456789abcdef0123');
  expect(requestIdOf('too short', '1796013851-12ab-434c-8042-1')).toMatch(FORM);
});
