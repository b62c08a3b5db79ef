import { expect, test } from 'vitest';
import { Frames } from './receiver.ts';

test('messages are found however the bytes arrive', () => {
  const stream = Buffer.from('5 hello12 good\nmorning3 äh');
  for (const size of [1, 2, 7, stream.length]) {
    const messages: string[] = [];
    const frames = new Frames((message) => messages.push(message));
    for (let at = 0; at < stream.length; at += size) {
      expect(frames.push(stream.subarray(at, at + size))).toBe(true);
    }
    expect(messages).toEqual(['hello', 'good\nmorning', 'äh']);
  }
});

test.each(['GET / HTTP/1.1\r\n', '999999999 x', '-5 hello', '123456789'])(
  'a stream of another kind is given up: %j',
  (text) => {
    expect(new Frames(() => undefined).push(Buffer.from(text))).toBe(false);
  },
);
