import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { restoreDirectories, saveDirectories } from './cache.ts';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'cache-'));
  mkdirSync(join(root, 'app/.next/cache'), { recursive: true });
  mkdirSync(join(root, 'next'));
  writeFileSync(join(root, 'app/.next/cache/x'), 'kept');
});
afterEach(() => rmSync(root, { recursive: true }));

test('directories of cacheDirectories come back for the same signature, and are dropped for another', () => {
  saveDirectories(join(root, 'app'), join(root, 'cache'), ['.next/cache', 'missing'], 'v2; a');
  restoreDirectories(join(root, 'next'), join(root, 'cache'), ['.next/cache'], 'v2; a');
  expect(readFileSync(join(root, 'next/.next/cache/x'), 'utf8')).toBe('kept');
  rmSync(join(root, 'next/.next'), { recursive: true });
  restoreDirectories(join(root, 'next'), join(root, 'cache'), ['.next/cache'], 'v2; b');
  expect(existsSync(join(root, 'next/.next'))).toBe(false);
  expect(existsSync(join(root, 'cache/directories'))).toBe(false);
});
