import { expect, test } from 'vitest';
import { assertUsableHome, homeLayout } from './home.ts';

test('an ordinary folder can be a home', () => {
  expect(() => assertUsableHome('/var/lib/jangada')).not.toThrow();
  expect(() => assertUsableHome(`/${'x'.repeat(72)}`)).not.toThrow();
});

test.each([
  ['relative/folder', 'absolute path'],
  ['/with space', 'must not have a space'],
  ['/', 'must not be the root folder'],
  ['/a,b', 'comma'],
  ['/a:b', 'colon'],
  [`/${'x'.repeat(73)}`, 'at most 73 bytes'],
])('%s cannot, and the reason is said', (root, reason) => {
  expect(() => assertUsableHome(root)).toThrow(reason);
});

test.each(['/srv/j/', '/srv//j', '/srv/x/../j/.'])('%s is the home /srv/j', (path) => {
  expect(homeLayout(path)).toEqual(homeLayout('/srv/j'));
  expect(homeLayout(path).root).toBe('/srv/j');
});
