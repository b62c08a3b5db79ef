import { expect, test } from 'vitest';
import { LineSplitter } from './line-splitter.ts';

function linesOf(...chunks: (string | Buffer)[]): string[] {
  const lines: string[] = [];
  const splitter = new LineSplitter((text) => lines.push(text));
  for (const chunk of chunks) splitter.push(Buffer.from(chunk as string));
  splitter.end();
  return lines;
}

test('a line that comes in pieces is one line, and the last needs no newline', () => {
  expect(linesOf('on', 'e\ntw', 'o\n', '\nthree')).toEqual(['one', 'two', '', 'three']);
});

test('a carriage return before the newline belongs to the line end, also when they come apart', () => {
  expect(linesOf('one\r\ntwo\r', '\nth\rree\n')).toEqual(['one', 'two', 'th\rree']);
});

test('a line above 10,000 bytes is split, one of exactly 10,000 is not', () => {
  expect(linesOf(`${'x'.repeat(25_000)}\n`).map((line) => line.length)).toEqual([10_000, 10_000, 5_000]);
  expect(linesOf(`${'x'.repeat(10_000)}\r\n`).map((line) => line.length)).toEqual([10_000]);
  expect(linesOf(`${'x'.repeat(10_000)}\r`, '\n').map((line) => line.length)).toEqual([10_000]);
});

test('a line without end is handed on in pieces instead of growing', () => {
  const lines: string[] = [];
  const splitter = new LineSplitter((text) => lines.push(text));
  for (let count = 0; count < 100; count++) splitter.push(Buffer.alloc(1_000, 'y'));
  expect(lines.length).toBe(9);
});

test('a split never cuts a character in two', () => {
  const lines = linesOf(`x${'é'.repeat(10_000)}\n`);
  expect(lines.join('')).toBe(`x${'é'.repeat(10_000)}`);
  expect(lines.every((line) => Buffer.byteLength(line) <= 10_000)).toBe(true);
});

test('a character that comes in two chunks stays whole', () => {
  const bytes = Buffer.from('olá\n');
  expect(linesOf(bytes.subarray(0, 3), bytes.subarray(3))).toEqual(['olá']);
});

test('bytes that are not UTF-8 become replacement characters within the limit', () => {
  const lines = linesOf(Buffer.concat([Buffer.alloc(9_000, 0xff), Buffer.from('\n')]));
  expect(lines.join('')).toBe('\uFFFD'.repeat(9_000));
  expect(lines.every((line) => Buffer.byteLength(line) <= 10_000)).toBe(true);
});
