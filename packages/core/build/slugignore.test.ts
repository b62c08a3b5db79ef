import { describe, expect, test } from 'vitest';
import { parseSlugignore } from './slugignore.ts';

describe('a .slugignore', () => {
  test('ignores a name without a slash at every depth', () => {
    const ignores = parseSlugignore('*.psd\n');
    expect(ignores('a.psd', false)).toBe(true);
    expect(ignores('art/deep/a.psd', false)).toBe(true);
    expect(ignores('a.psdx', false)).toBe(false);
  });

  test('counts a pattern with a slash from the root', () => {
    const ignores = parseSlugignore('/test\ndocs/*.md\n');
    expect(ignores('test', true)).toBe(true);
    expect(ignores('lib/test', true)).toBe(false);
    expect(ignores('docs/a.md', false)).toBe(true);
    expect(ignores('docs/x/a.md', false)).toBe(false);
    expect(ignores('lib/docs/a.md', false)).toBe(false);
  });

  test('takes a trailing slash as directories only', () => {
    const ignores = parseSlugignore('spec/\n');
    expect(ignores('spec', true)).toBe(true);
    expect(ignores('lib/spec', true)).toBe(true);
    expect(ignores('spec', false)).toBe(false);
  });

  test('crosses directories with two stars', () => {
    const ignores = parseSlugignore('a/**/z\n**/log\nkeep/**\n');
    expect(ignores('a/z', false)).toBe(true);
    expect(ignores('a/b/c/z', false)).toBe(true);
    expect(ignores('x/y/log', true)).toBe(true);
    expect(ignores('keep/a/b', false)).toBe(true);
    expect(ignores('keep', true)).toBe(false);
  });

  test('knows sets, single characters and escapes', () => {
    const ignores = parseSlugignore('[ab]?.txt\n[!0-9].log\n\\#x\n');
    expect(ignores('a1.txt', false)).toBe(true);
    expect(ignores('c1.txt', false)).toBe(false);
    expect(ignores('x.log', false)).toBe(true);
    expect(ignores('1.log', false)).toBe(false);
    expect(ignores('#x', false)).toBe(true);
  });

  test('has comments, blank lines and CRLF, and no negation', () => {
    const ignores = parseSlugignore('# all\r\n\r\n*.log\r\n!keep.log\r\n');
    expect(ignores('keep.log', false)).toBe(true);
    expect(ignores('!keep.log', false)).toBe(true);
    expect(ignores('all', false)).toBe(false);
  });

  test('takes characters of regular expressions as themselves', () => {
    const ignores = parseSlugignore('a+b(c).txt\n[unclosed\n');
    expect(ignores('a+b(c).txt', false)).toBe(true);
    expect(ignores('aab(c).txt', false)).toBe(false);
    expect(ignores('[unclosed', false)).toBe(true);
  });
});
