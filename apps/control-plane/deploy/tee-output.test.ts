import { Writable } from 'node:stream';
import { beforeEach, expect, test } from 'vitest';
import { createTestContext } from '../testing/test-context.ts';
import { pourInto, teeOutput } from './tee-output.ts';

const MB = 1024 * 1024;
let storedBytes: number;
let append: (id: string, chunk: Uint8Array) => Promise<void>;
/** What the watcher was given, by its first letters, and lets it take the next. */
let shown: string[];
let next: (() => void) | null;
/** Takes one chunk, and another each time it is let. */
let watcher: Writable;

beforeEach(() => {
  storedBytes = 0;
  append = async (_id, chunk) => {
    storedBytes += chunk.length;
  };
  [shown, next] = [[], null];
  watcher = new Writable({
    write(chunk: Buffer, _encoding, done) {
      shown.push(chunk.subarray(0, 12).toString());
      next = done;
    },
  });
});

const tee = () => {
  const context = createTestContext();
  return teeOutput(
    { ...context, outputs: { ...context.outputs, append, finish: async () => undefined } },
    'build',
    watcher,
  );
};
async function* megabytes(count: number): AsyncIterable<Uint8Array> {
  for (let index = 0; index < count; index++) yield Buffer.alloc(MB, 'x');
}
async function catchUp(): Promise<void> {
  while (watcher.writableLength > 0) {
    next?.();
    await new Promise((resolve) => setImmediate(resolve));
  }
}

test('a watcher that reads slowly holds a bounded part of the output, is told once, and goes on when it has caught up', async () => {
  const output = tee();
  await pourInto(output, megabytes(40));
  expect(watcher.writableLength).toBeLessThan(18 * MB);
  await catchUp();
  await pourInto(output, megabytes(20));
  await output.finish();
  await catchUp();
  expect(shown.filter((text) => text.startsWith('\n !     Some'))).toHaveLength(1);
  expect(shown).toHaveLength(17 + 1 + 17);
  expect(storedBytes).toBe(60 * MB);
});

test('output is poured no faster than it can be stored', async () => {
  const stored: (() => void)[] = [];
  append = () => new Promise((resolve) => stored.push(resolve));
  const output = tee();
  const pouring = pourInto(output, megabytes(5));
  for (let count = 1; count <= 5; count++) {
    await expect.poll(() => stored).toHaveLength(count);
    expect(output.writableLength).toBe(MB);
    stored.at(-1)!();
  }
  await pouring;
});
