import { expect, test } from 'vitest';
import { fileIn } from './image-accounts.ts';

/** A tar archive (ustar) of one entry. */
function archiveOf(content: string, { kind = '0', size = content.length } = {}): Buffer {
  const head = Buffer.alloc(512);
  head.write('passwd');
  head.write(size.toString(8).padStart(11, '0'), 124);
  head.write(kind, 156);
  return Buffer.concat([head, Buffer.from(content), Buffer.alloc(1_024)]);
}

test('a plain file is read from the archive that the engine sends', () => {
  expect(fileIn(archiveOf('root:x:0:0\n'))).toBe('root:x:0:0\n');
});

test.each([
  ['a link', archiveOf('', { kind: '2' })],
  ['a folder', archiveOf('', { kind: '5' })],
  ['a huge file', archiveOf('x'.repeat(70_000))],
  ['an archive that is cut off', archiveOf('x', { size: 5_000 })],
  ['nothing', Buffer.alloc(0)],
])('%s is no file of accounts', (_what, archive) => {
  expect(fileIn(archive)).toBeNull();
});
