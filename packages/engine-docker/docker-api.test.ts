import { expect, test } from 'vitest';
import { chooseApiVersion } from './docker-api.ts';

test('the newest version that both sides know is spoken, never one that the daemon no longer takes', () => {
  expect(chooseApiVersion({ ApiVersion: '1.41', MinAPIVersion: '1.12' })).toBe('1.41');
  expect(chooseApiVersion({ ApiVersion: '1.52', MinAPIVersion: '1.24' })).toBe('1.47');
  expect(chooseApiVersion({ ApiVersion: '1.60', MinAPIVersion: '1.50' })).toBe('1.50');
  expect(chooseApiVersion({ ApiVersion: '1.9' })).toBe('1.9');
});
