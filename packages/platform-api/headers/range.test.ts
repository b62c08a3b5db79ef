import { expect, test } from 'vitest';
import { PlatformError } from '../errors/platform-error.ts';
import { formatNextRange, parseRange } from './range.ts';

const releases = { version: 'integer', id: 'uuid', name: 'text' } as const;
const all = { attribute: 'version', first: null, firstExclusive: false, last: null, order: 'asc', max: 200 };

test.each([
  [undefined, {}],
  ['', {}],
  ['bytes=0-99', {}],
  ['version ..', {}],
  ['version ..; max=1, order=desc', { max: 1, order: 'desc' }],
  ['version ..; order=desc,max=1;', { max: 1, order: 'desc' }],
  ['version..;max=5', { max: 5 }],
  ['id ..; max=1000;', { attribute: 'id', max: 1000 }],
  ['id ..; max=99999', { attribute: 'id', max: 1000 }],
  ['version ]12..', { first: 12, firstExclusive: true }],
  ['version 3..7', { first: 3, last: 7 }],
  ['name a-b..z; max=10', { attribute: 'name', first: 'a-b', last: 'z', max: 10 }],
])('the Range %o is read', (header, expected) => {
  expect(parseRange(header, releases)).toEqual({ ...all, ...expected });
});

test.each(['color ..', 'version', 'version a..', 'id 12..', 'version ..; max=none', 'version ..; order=up'])(
  'the Range "%s" is refused with a sentence',
  (header) => {
    expect(() => parseRange(header, releases)).toThrow(PlatformError);
  },
);

test('a Next-Range that goes round through the parser goes on where the page ended', () => {
  const range = parseRange('version 2..9; order=desc,max=3', releases);
  const next = formatNextRange(range, 5);
  expect(next).toBe('version ]5..9; order=desc,max=3');
  expect(parseRange(next, releases)).toEqual({ ...range, first: 5, firstExclusive: true });
});
