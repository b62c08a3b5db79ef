import { expect, test } from 'vitest';
import { FrameReader } from './frames.ts';

function frame(kind: number, text: string): Buffer {
  const header = Buffer.alloc(8);
  header[0] = kind;
  header.writeUInt32BE(Buffer.byteLength(text), 4);
  return Buffer.concat([header, Buffer.from(text)]);
}

function read(chunks: readonly Buffer[]): string {
  let seen = '';
  const reader = new FrameReader((stream, payload) => {
    seen += `${stream}:${payload};`;
  });
  for (const chunk of chunks) reader.push(chunk);
  return seen;
}

test('frames of both streams come out in order', () => {
  expect(read([Buffer.concat([frame(1, 'one'), frame(2, 'two'), frame(1, '')]), frame(1, 'three')])).toBe(
    'stdout:one;stderr:two;stdout:three;',
  );
});

test('a stream cut at any byte gives the same text', () => {
  const whole = Buffer.concat([frame(1, 'hello'), frame(2, 'x'), frame(1, 'world')]);
  const texts = (chunks: readonly Buffer[]): string =>
    read(chunks)
      .replaceAll(/;?(stdout|stderr):/g, '')
      .replaceAll(';', '');
  for (let cut = 0; cut <= whole.length; cut++) {
    expect(texts([whole.subarray(0, cut), whole.subarray(cut)])).toBe('helloxworld');
  }
});
