import { appendFile, mkdtemp, open, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { boundLog, logPath, readFrom, sizeOf } from './log-file.ts';

let folder: string;
let path: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'log-file-'));
  path = logPath(folder, 'child');
});

afterEach(() => rm(folder, { recursive: true, force: true }));

test('a log that grew too large is put aside and its writer goes on in the empty file', async () => {
  await using writer = await open(path, 'a');
  await writer.write('x'.repeat(100));
  expect(await boundLog(path, 200)).toBe(false);
  await writer.write('y'.repeat(150));
  expect(await boundLog(path, 200)).toBe(true);
  await writer.write('after\n');
  expect(await readFile(path, 'utf8')).toBe('after\n');
  expect(await sizeOf(`${path}.1`)).toBe(250);
});

test('reading goes on where it stopped, and from the beginning of a file that was put aside', async () => {
  await appendFile(path, 'one\ntwo\n');
  const first = await readFrom(path, 0);
  await appendFile(path, 'three\n');
  expect((await readFrom(path, first.next)).text).toBe('three\n');
  await boundLog(path, 1);
  await appendFile(path, 'new\n');
  expect((await readFrom(path, first.next)).text).toBe('new\n');
});
