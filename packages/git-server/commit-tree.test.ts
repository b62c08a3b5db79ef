import { expect, test } from 'vitest';
import { readTree } from './commit-tree.ts';

const COMMIT = 'c'.repeat(40);
const submodule = (path: string): string => `160000 commit ${COMMIT}\t${path}\0`;
const file = (path: string): string => `100644 blob ${'b'.repeat(40)}\t${path}\0`;

async function* inPieces(list: string, size: number): AsyncIterable<Buffer> {
  const bytes = Buffer.from(list);
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

test.each([1, 7, 1_000])(
  'files are counted, those at the top and submodules are named: in pieces of %i bytes',
  async (size) => {
    const list = `${file('Procfile')}${file('a b/é\t1.txt')}${submodule('vendor/lib ä')}${submodule('top')}${file('é')}`;
    expect(await readTree(inPieces(list, size))).toEqual({
      paths: 3,
      topFiles: ['Procfile', 'top', 'é'],
      submodules: [
        { path: 'vendor/lib ä', commit: COMMIT },
        { path: 'top', commit: COMMIT },
      ],
    });
    expect(await readTree(inPieces('', size))).toEqual({ paths: 0, topFiles: [], submodules: [] });
  },
);

test.each([
  ['files', file('a/b').repeat(1_000), 600],
  ['bytes of names', 'a'.repeat(1024 * 1024), 101],
])('a list with too many %s is not read to its end', async (_name, piece, expected) => {
  let read = 0;
  async function* endless(): AsyncIterable<Buffer> {
    const bytes = Buffer.from(piece);
    for (; read < 10_000; read++) yield bytes;
  }
  await expect(readTree(endless())).rejects.toMatchObject({ id: 'payload_too_large' });
  expect(read).toBeLessThanOrEqual(expected);
});
