import { expect, test } from 'vitest';
import { fewAtOnce } from './few-at-once.ts';

test('no more run at one time than may, and those that wait go on in the order they came', async () => {
  const run = fewAtOnce({ running: 2, waiting: 3, refusal: 'Wait.' });
  const begun: number[] = [];
  const ends: (() => void)[] = [];
  const work = (name: number) =>
    run(() => {
      begun.push(name);
      return new Promise<void>((resolve) => ends.push(resolve));
    });
  const all = [1, 2, 3, 4, 5].map(work);
  await Promise.resolve();
  expect(begun).toEqual([1, 2]);
  await expect(work(6)).rejects.toMatchObject({ id: 'rate_limit', message: 'Wait.' });
  for (let name = 1; name <= 5; name++) {
    await expect.poll(() => ends.length).toBeGreaterThan(0);
    ends.shift()?.();
  }
  await Promise.all(all);
  expect(begun).toEqual([1, 2, 3, 4, 5]);
});
