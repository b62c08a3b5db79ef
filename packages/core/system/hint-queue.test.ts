import { expect, test } from 'vitest';
import { HintQueue } from './hint-queue.ts';

async function all(queue: HintQueue): Promise<string[]> {
  const hints: string[] = [];
  for await (const hint of queue) hints.push(hint);
  return hints;
}

test('hints come in order, and one that waits already comes once', async () => {
  const queue = new HintQueue();
  for (const hint of ['a', 'b', 'a', 'c', 'b']) queue.push(hint);
  queue.end();
  expect(await all(queue)).toEqual(['a', 'b', 'c']);
});

test('a reader that waits gets the next hint, and the same hint again later', async () => {
  const queue = new HintQueue();
  const hints = queue[Symbol.asyncIterator]();
  const first = hints.next();
  queue.push('a');
  expect((await first).value).toBe('a');
  queue.push('a');
  expect((await hints.next()).value).toBe('a');
});

test('a reader that waits is released by the end, and nothing is taken afterwards', async () => {
  const queue = new HintQueue();
  const reading = all(queue);
  queue.end();
  queue.push('late');
  expect(await reading).toEqual([]);
});
