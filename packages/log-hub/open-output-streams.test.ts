import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { outputStreamsConformance } from '@jangada/conformance';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type OutputFolder, openOutputStreams } from './index.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'jangada-outputs-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

outputStreamsConformance('the output streams in a folder', async (limits) => {
  const own = await mkdtemp(join(tmpdir(), 'jangada-outputs-'));
  const outputs = await openOutputStreams(own, limits);
  return {
    outputs,
    async dispose() {
      await outputs.close();
      await rm(own, { recursive: true, force: true });
    },
  };
});

const never = new AbortController().signal;
const read = async (outputs: OutputFolder, id: string): Promise<string> =>
  Buffer.concat(await Array.fromAsync(outputs.read(id, never))).toString();

test('a stream that a kill left open is finished at the next opening, with all that was appended', async () => {
  const killed = await openOutputStreams(folder);
  await killed.append('build-1', Buffer.from('-----> Building'));
  const next = await openOutputStreams(folder);
  expect(await read(next, 'build-1')).toBe('-----> Building');
  await expect(next.append('build-1', Buffer.from('x'))).rejects.toMatchObject({ id: 'conflict' });
  expect(await read(next, 'build-1')).toBe('-----> Building');
  await killed.close();
});

test('closing ends readers and keeps what was appended', async () => {
  const outputs = await openOutputStreams(folder);
  await outputs.append('build-1', Buffer.from('one'));
  const reading = read(outputs, 'build-1');
  void outputs.append('build-1', Buffer.from(' two'));
  await outputs.close();
  expect(await reading).toMatch(/^one/);
  expect(await read(await openOutputStreams(folder), 'build-1')).toBe('one two');
});

test('a reader that began while the stream ran gets all of a long output', async () => {
  const outputs = await openOutputStreams(folder);
  const line = `${'x'.repeat(999)}\n`;
  await outputs.append('build-1', Buffer.from(line));
  const reading = read(outputs, 'build-1');
  for (let round = 0; round < 20; round++) await outputs.append('build-1', Buffer.from(line.repeat(100)));
  await outputs.finish('build-1');
  expect(await reading).toBe(line.repeat(2_001));
  await outputs.close();
});

test('the disk holds no more than the cap', async () => {
  const outputs = await openOutputStreams(folder, { capBytes: 1_000, chunkBytes: 500 });
  for (let round = 0; round < 50; round++) await outputs.append('build-1', Buffer.alloc(130));
  await outputs.finish('build-1');
  expect((await readdir(join(folder, 'build-1'))).length).toBeLessThanOrEqual(3);
  await outputs.close();
});

test('an id that could be a path is refused', async () => {
  const outputs = await openOutputStreams(folder);
  for (const id of ['../x', '', '.', 'a/b', 'a.open']) {
    await expect(outputs.append(id, Buffer.from('x'))).rejects.toMatchObject({ id: 'invalid_params' });
    await expect(outputs.finish(id)).rejects.toMatchObject({ id: 'invalid_params' });
    await expect(outputs.remove(id)).rejects.toMatchObject({ id: 'invalid_params' });
    await expect(read(outputs, id)).rejects.toMatchObject({ id: 'invalid_params' });
  }
  expect(await readdir(folder)).toEqual([]);
});
