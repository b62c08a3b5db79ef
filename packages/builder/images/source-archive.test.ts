import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { buffer, text } from 'node:stream/consumers';
import { extract, type Header, pack } from 'tar-stream';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openSourceArchive, type SourceArchive } from './source-archive.ts';

type Entry = Pick<Header, 'name'> & Partial<Header>;

let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'source-archive-'));
});
afterEach(() => rm(root, { recursive: true }));

async function sourceOf(...entries: readonly Entry[]): Promise<SourceArchive> {
  const archive = pack();
  for (const header of entries) archive.entry(header, header.type === undefined ? `text of ${header.name}` : '');
  archive.finalize();
  const file = join(root, 'source.tar');
  await writeFile(file, await buffer(archive));
  return openSourceArchive(file);
}
const linkTo = (linkname: string, name: string): Entry => ({ name, type: 'symlink', linkname });

test('files are read, through links in the tree too, and what is a link or leads through one is said', async () => {
  const source = await sourceOf(
    { name: './a' },
    { name: './sub/b' },
    { name: './sub/hard', type: 'link', linkname: './sub/b' },
    linkTo('../a', './sub/soft'),
    linkTo('sub', './folder'),
  );
  const { texts, linked } = await source.texts(['a', 'sub/b', 'sub/hard', 'sub/soft', 'folder/b', 'none']);
  expect(Object.fromEntries(texts)).toEqual({
    a: 'text of ./a',
    'sub/b': 'text of ./sub/b',
    'sub/soft': 'text of ./a',
  });
  expect([...linked].sort()).toEqual(['folder/b', 'sub/hard', 'sub/soft']);
});

test('a file that is written over by a link stays a link', async () => {
  const source = await sourceOf({ name: 'Dockerfile' }, linkTo('x', 'Dockerfile'), { name: 'Dockerfile' });
  expect((await source.texts(['Dockerfile'])).linked).toEqual(new Set(['Dockerfile']));
});

test('a folder ends with the file that was checked: no entry takes its place, through a link neither', async () => {
  const source = await sourceOf({ name: 'x/Dockerfile', mode: 0o755 }, linkTo('.', 'x/here'), {
    name: 'x/here/Dockerfile',
  });
  const folder = source.folder('x', { name: 'Dockerfile', text: 'FROM checked' }, () => false);
  const entries: unknown[] = [];
  for await (const entry of Readable.from(folder).pipe(extract())) {
    entries.push([entry.header.name, entry.header.mode, await text(entry)]);
  }
  expect(entries.at(1)).toEqual(['Dockerfile', 0o755, 'text of x/Dockerfile']);
  expect(entries.at(-1)).toEqual(['Dockerfile', 0o755, 'FROM checked']);
});
