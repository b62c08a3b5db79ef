import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { cacheScopeOf } from './cache-scope.ts';

let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'cache-scope-'));
});
afterEach(() => rm(root, { recursive: true }));

test('an app keeps its name until its cache is deleted, and no other app has it', async () => {
  const [mine, other] = [join(root, 'mine'), join(root, 'other')];
  const scope = await cacheScopeOf(mine);
  expect(scope).toMatch(/^[0-9a-f]{32}$/);
  expect(await cacheScopeOf(mine)).toBe(scope);
  expect(await cacheScopeOf(other)).not.toBe(scope);
  await rm(mine, { recursive: true });
  expect(await cacheScopeOf(mine)).not.toBe(scope);
});

test('a buildpack that puts a link or text of its own in the place of the name does not choose it', async () => {
  const [mine, other] = [join(root, 'mine'), join(root, 'other')];
  const theirs = await cacheScopeOf(other);
  await mkdir(mine);
  await symlink('../other/image-cache-scope', join(mine, 'image-cache-scope'));
  expect(await cacheScopeOf(mine)).not.toBe(theirs);
  for (const text of ['x.invalid:127.0.0.1', `${theirs} `, 'a'.repeat(200)]) {
    await writeFile(join(mine, 'image-cache-scope'), text);
    expect(await cacheScopeOf(mine)).toMatch(/^[0-9a-f]{32}$/);
  }
});
