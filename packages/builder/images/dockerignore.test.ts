import { expect, test } from 'vitest';
import { parseDockerignore } from './dockerignore.ts';

const ignored = (text: string, ...paths: readonly string[]): readonly string[] => paths.filter(parseDockerignore(text));

test('a pattern counts from the root of the context and covers what lies below', () => {
  expect(
    ignored('node_modules\n/dist/\n', 'node_modules', 'node_modules/a/b.js', 'lib/node_modules/a', 'dist/x'),
  ).toEqual(['node_modules', 'node_modules/a/b.js', 'dist/x']);
});

test('one star stays in a folder, two cross folders', () => {
  expect(ignored('*.md', 'a.md', 'docs/a.md')).toEqual(['a.md']);
  expect(ignored('**/*.md', 'a.md', 'docs/deep/a.md', 'a.mdx')).toEqual(['a.md', 'docs/deep/a.md']);
  expect(ignored('docs/**', 'docs/a', 'docs/b/c', 'doc')).toEqual(['docs/a', 'docs/b/c']);
  expect(ignored('a?c/[x-z].txt', 'abc/y.txt', 'abc/w.txt', 'ac/y.txt')).toEqual(['abc/y.txt']);
});

test('the last pattern that fits decides, so exceptions can be made and taken back', () => {
  expect(ignored('*\n!src\n!*.md\nsrc/secret.txt', 'src/a.js', 'README.md', '.env', 'src/secret.txt')).toEqual([
    '.env',
    'src/secret.txt',
  ]);
});

test('comments, blank lines, spaces and dots around a pattern mean nothing', () => {
  expect(ignored('# a\n\n  b  \r\n./c/../d\n', 'a', 'b', 'c', 'd')).toEqual(['b', 'd']);
});

test('characters that mean something to regular expressions are plain', () => {
  expect(ignored('a+(b).txt\n\\*.x', 'a+(b).txt', 'aab.txt', '*.x', 'y.x')).toEqual(['a+(b).txt', '*.x']);
});

test('a pattern made to take long does not', () => {
  const began = performance.now();
  const path = `${'a'.repeat(2_000)}/`.repeat(20);
  expect(ignored(`${'*a'.repeat(200)}b\n${'**/'.repeat(200)}b`, path)).toEqual([]);
  expect(performance.now() - began).toBeLessThan(1_000);
});
