import { expect, test } from 'vitest';
import { assertUsableHome } from './home.ts';

test('an ordinary folder can be a home', () => {
  expect(() => assertUsableHome('/var/lib/jangada')).not.toThrow();
  expect(() => assertUsableHome(`/${'x'.repeat(72)}`)).not.toThrow();
});

test.each([
  ['relative/folder', 'absolute path'],
  ['/with space', 'must not have a space'],
  ['/a,b', 'comma'],
  ['/a:b', 'colon'],
  [`/${'x'.repeat(73)}`, 'at most 73 bytes'],
])('%s cannot, and the reason is said', (root, reason) => {
  expect(() => assertUsableHome(root)).toThrow(reason);
});
