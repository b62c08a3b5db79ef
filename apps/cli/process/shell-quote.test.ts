import { execFileSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { shellQuote } from './shell-quote.ts';

test('a shell reads every quoted text back as it was', () => {
  for (const text of ['plain', '', "it's", '$(id) `id` "x"', 'two\nlines', '*', '~/x', 'a b', '\\', '!']) {
    expect(execFileSync('/bin/sh', ['-c', `printf %s ${shellQuote(text)}`], { encoding: 'utf8' })).toBe(text);
  }
});
