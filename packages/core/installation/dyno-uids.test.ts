import { expect, test } from 'vitest';
import { DEFAULT_DYNO_UIDS, readDynoUids } from './dyno-uids.ts';

test('the user ids of dynos are a range of the machine’s, or off', () => {
  expect(readDynoUids('3000000-3099999')).toEqual({ first: 3_000_000, last: 3_099_999 });
  expect(readDynoUids('off')).toBeNull();
});

test('an id of a dyno fits into the header of any tar archive', () => {
  expect(DEFAULT_DYNO_UIDS.last).toBe(0o7777777);
});

test.each([
  ['', 'nothing'],
  ['1200000', 'one id'],
  ['1000-9999', 'ids of accounts'],
  ['1200000-1200099', 'too few'],
  ['1300000-1200000', 'the wrong way round'],
  ['4294967000-4294969999', 'more than the kernel has'],
])('%j is no range of user ids: %s', (text) => {
  expect(() => readDynoUids(text)).toThrow(/JANGADA_DYNO_UIDS must be/);
});
