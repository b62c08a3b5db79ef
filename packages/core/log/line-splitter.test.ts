import { expect, test } from 'vitest';
import { LineSplitter } from './line-splitter.ts';

test('lines are cut at line breaks across chunks, with and without carriage returns', () => {
  const splitter = new LineSplitter();
  expect(splitter.push(Buffer.from('one\r\ntw'))).toEqual(['one']);
  expect(splitter.push(Buffer.from('o\n\nthree'))).toEqual(['two', '']);
  expect(splitter.end()).toEqual(['three']);
  expect(splitter.end()).toEqual([]);
});

test('a line of more than 10,000 bytes is split into chunks, never inside a character', () => {
  const splitter = new LineSplitter();
  const text = 'é'.repeat(10_000);
  const lines = [...splitter.push(Buffer.from(text)), ...splitter.push(Buffer.from('\n'))];
  expect(lines.map((line) => Buffer.byteLength(line))).toEqual([10_000, 10_000]);
  expect(lines.join('')).toBe(text);
});

test('a chunk boundary inside a character does no harm, and invalid bytes are replaced', () => {
  const splitter = new LineSplitter();
  const bytes = Buffer.from('é\n');
  expect(splitter.push(bytes.subarray(0, 1))).toEqual([]);
  expect(splitter.push(bytes.subarray(1))).toEqual(['é']);
  expect(splitter.push(Buffer.from([0xff, 0x0a]))).toEqual(['\ufffd']);
});
