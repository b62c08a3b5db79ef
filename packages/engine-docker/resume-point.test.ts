import { expect, test } from 'vitest';
import { type BufferedLine, countSafe } from './resume-point.ts';

const lines = (...pairs: [text: string, at: number][]): BufferedLine[] =>
  pairs.map(([text, at]) => ({ stream: 'stdout', text, at }));

test('without anything safe all of the buffer is new', () => {
  expect(countSafe(lines(['a', 1], ['b', 2]), null)).toBe(0);
});

test('what the reader has safe is found by its texts among lines of one moment', () => {
  expect(countSafe(lines(['a', 1], ['b', 5], ['c', 5], ['d', 5], ['e', 9]), { at: 6, tail: ['a', 'b'] })).toBe(2);
});

test('lines that are all the same are told apart by their time', () => {
  expect(countSafe(lines(['tick', 10], ['tick', 50], ['tick', 90]), { at: 60, tail: ['tick', 'tick'] })).toBe(2);
});

test('when the texts are gone from the buffer its time decides', () => {
  expect(countSafe(lines(['x', 40], ['y', 80]), { at: 60, tail: ['long', 'gone'] })).toBe(1);
});
