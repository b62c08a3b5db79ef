import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Overlap } from './overlap.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** What is told of `live` lines when the engine has logged `logged`, where so many of the live ones come before that is known. */
function told(logged: readonly string[], live: readonly string[], before: number): string[] {
  const texts: string[] = [];
  const overlap = new Overlap<{ text: string }>(({ text }) => void texts.push(text));
  for (const text of live.slice(0, before)) overlap.push({ text });
  overlap.compare(logged);
  for (const text of live.slice(before)) overlap.push({ text });
  return texts;
}

test.each([
  ['the end of what is logged is left out', ['a', 'b', 'c'], ['b', 'c', 'd'], ['d']],
  ['another line is told', ['a'], ['b'], ['b']],
  ['nothing is logged', [], ['b'], ['b']],
  ['a part that breaks off is no overlap', ['a', 'b', 'c'], ['a', 'b', 'd'], ['a', 'b', 'd']],
  ['it begins at the second of two like places', ['a', 'b', 'a', 'c'], ['a', 'c', 'd'], ['d']],
  ['all of it', ['a', 'a', 'b'], ['a', 'a', 'b', 'a'], ['a']],
])('%s, whenever the lines come', (_case, logged, live, expected) => {
  for (let before = 0; before <= live.length; before++) expect(told(logged, live, before)).toEqual(expected);
});

test('lines that nothing follows to are told after a while, and those that are an overlap already are not', () => {
  const texts: string[] = [];
  const push = ({ text }: { text: string }): void => void texts.push(text);
  const broken = new Overlap(push);
  broken.compare(['a', 'b']);
  broken.push({ text: 'a' });
  const whole = new Overlap(push);
  whole.compare(['x', 'x']);
  whole.push({ text: 'x' });
  expect(texts).toEqual([]);
  vi.runAllTimers();
  expect(texts).toEqual(['a']);
  for (const overlap of [broken, whole]) overlap.push({ text: 'next' });
  expect(texts).toEqual(['a', 'next', 'next']);
});

test('the end of the output ends the waiting, also before the log is known', () => {
  const texts: string[] = [];
  const overlap = new Overlap<{ text: string }>(({ text }) => void texts.push(text));
  overlap.push({ text: 'b' });
  overlap.end();
  expect(texts).toEqual([]);
  overlap.compare(['b', 'c']);
  expect(texts).toEqual(['b']);
});
