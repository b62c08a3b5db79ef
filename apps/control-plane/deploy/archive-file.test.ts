import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { Readable } from 'node:stream';
import { expect, test } from 'vitest';
import { readArchiveFile } from './archive-file.ts';

async function archive(files: Readonly<Record<string, string>>, ...args: string[]): Promise<Buffer> {
  const folder = await mkdtemp(join(tmpdir(), 'archive-'));
  for (const [name, content] of Object.entries(files)) {
    await mkdir(dirname(join(folder, name)), { recursive: true });
    await writeFile(join(folder, name), content);
  }
  const packed = execFileSync('tar', ['-c', '-C', folder, ...args, '.']);
  await rm(folder, { recursive: true });
  return packed;
}

/** In pieces that no boundary of the format fits to. */
function pieces(content: Buffer): Readable {
  const parts = Array.from({ length: Math.ceil(content.length / 777) }, (_, at) =>
    content.subarray(at * 777, at * 777 + 777),
  );
  return Readable.from(parts);
}

const read = (content: Buffer): Promise<string | null> => readArchiveFile(pieces(content), 'app.json');

test('finds a file at the top, whatever comes before it, and in the folder that holds everything', async () => {
  const long = `${'deep/'.repeat(30)}file`;
  for (const format of ['--format=gnu', '--format=pax', '--format=ustar']) {
    expect(await read(await archive({ 'a.bin': 'x'.repeat(5_000), 'app.json': '{"é":1}', [long]: 'y' }, format))).toBe(
      '{"é":1}',
    );
    expect(await read(await archive({ 'shop-1a2b/app.json': '{}', [`shop-1a2b/${long}`]: '' }, format))).toBe('{}');
  }
});

test('finds none deeper, in one of two folders, or in nothing', async () => {
  expect(await read(await archive({ 'a/b/app.json': '{}' }))).toBeNull();
  expect(await read(await archive({ 'a/app.json': '{}', 'b/x': '' }))).toBeNull();
  expect(await read(Buffer.alloc(1_024))).toBeNull();
});

test('a damaged archive says so', async () => {
  const whole = await archive({ 'zzz.bin': 'x'.repeat(50_000) });
  await expect(read(whole.subarray(0, 9_000))).rejects.toThrow(/damaged/);
  await expect(read(Buffer.from('x'.repeat(600)))).rejects.toThrow(/damaged/);
});
