import { PassThrough } from 'node:stream';
import { expect, test } from 'vitest';
import { createBuildQueue } from './build-queue.ts';

const FOREVER = new AbortController().signal;

test('builds beyond the number wait in order and are told their place', async () => {
  const queue = createBuildQueue(1);
  const order: string[] = [];
  const ends = new Map<string, () => void>();
  const build = (name: string, output = new PassThrough()): [Promise<void>, PassThrough] => {
    const work = (): Promise<void> => {
      order.push(name);
      return new Promise((resolve) => ends.set(name, resolve));
    };
    return [queue.run(output, FOREVER, work), output];
  };
  const [first] = build('first');
  const [second, told] = build('second');
  const [third, toldThird] = build('third');
  await Promise.resolve();
  expect(order).toEqual(['first']);
  expect(String(told.read())).toBe('-----> Waiting for a free builder (place 1 in the queue)\n');
  expect(String(toldThird.read())).toContain('place 2');
  ends.get('first')?.();
  await first;
  await Promise.resolve();
  expect(order).toEqual(['first', 'second']);
  ends.get('second')?.();
  await second;
  await Promise.resolve();
  ends.get('third')?.();
  await third;
});

test('a build that is cancelled while it waits does not wait on', async () => {
  const queue = createBuildQueue(1);
  let end: () => void = () => undefined;
  const first = queue.run(new PassThrough(), FOREVER, () => new Promise<void>((resolve) => (end = resolve)));
  const cancel = new AbortController();
  const second = queue.run(new PassThrough(), cancel.signal, async () => cancel.signal.aborted);
  cancel.abort();
  expect(await second).toBe(true);
  end();
  await first;
  expect(await queue.run(new PassThrough(), FOREVER, async () => 'free again')).toBe('free again');
});
