import { once } from 'node:events';
import { mkdtemp, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Home, homeLayout } from '@jangada/core';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { onlyOne } from './only-one.ts';

let home: Home;
beforeEach(async () => {
  home = homeLayout(await mkdtemp(join(tmpdir(), 'jangada-only-')));
});
afterEach(() => rm(home.root, { recursive: true }));

test('of two at the same time one works and the other is told so', async () => {
  const begun = Promise.withResolvers<void>();
  const done = Promise.withResolvers<string>();
  const first = onlyOne(home, () => {
    begun.resolve();
    return done.promise;
  });
  await begun.promise;
  const second = onlyOne(home, async () => 'second');
  await expect(second).rejects.toMatchObject({
    id: 'conflict',
    message: expect.stringContaining('Another "jangada up"'),
  });
  done.resolve('first');
  expect(await first).toBe('first');
  expect(await onlyOne(home, async () => 'next')).toBe('next');
});

test('work that fails, and a socket that a killed one left, keep nobody out', async () => {
  await expect(onlyOne(home, () => Promise.reject(new Error('no')))).rejects.toThrow('no');
  const stale = createServer().listen(join(home.run, 'before.sock'));
  await once(stale, 'listening');
  // A server that closes removes the name that it was given, and no other.
  await rename(join(home.run, 'before.sock'), join(home.run, 'up.sock'));
  stale.close();
  await once(stale, 'close');
  expect(await readdir(home.run)).toEqual(['up.sock']);
  expect(await onlyOne(home, async () => 'works')).toBe('works');
});

test('nothing is made in a folder of others', async () => {
  await writeFile(join(home.root, 'letter.txt'), '');
  await expect(onlyOne(home, async () => 'works')).rejects.toThrow('has files of others');
  expect(await readdir(home.root)).toEqual(['letter.txt']);
});
