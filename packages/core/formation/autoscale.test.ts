import { describe, expect, test } from 'vitest';
import { autoscaled } from './autoscale.ts';

describe('by response time', () => {
  const monitor = { metric: 'latency', minQuantity: 2, maxQuantity: 5, target: 500 } as const;
  const calm = [100, 0, 249, 10, 0];

  test.each([
    ['one more when the last minute was too slow', 3, [501, 100], 4],
    ['never more than the most', 5, [9_000], 5],
    ['the same at the target', 3, [500], 3],
    ['the same after one minute without requests', 3, [0], 3],
    ['not less while nothing is known', 4, [null, null, null, null, null], 4],
    ['not less when one of five is not known', 4, [100, 0, null, 10, 0], 4],
    ['one less after five calm minutes', 4, calm, 3],
    ['not less after four', 4, calm.slice(1), 4],
    ['not less when one of five was half of the target', 4, [100, 250, 100, 100, 100], 4],
    ['never less than the least', 2, calm, 2],
    ['into the range at once from below', 1, [null], 2],
    ['into the range at once from above', 9, [9_000], 5],
    ['none stays none', 0, [9_000], 0],
  ])('%s', (_, quantity, minutes, expected) => {
    expect(autoscaled(monitor, quantity, minutes)).toBe(expected);
  });
});

describe('by requests in flight for each dyno, or by entries of a queue', () => {
  const monitor = { metric: 'requests', minQuantity: 1, maxQuantity: 4, target: 10 } as const;

  test.each([
    ['one more when there is work for more dynos, however much', 2, [21], 3],
    ['the same when the dynos just do', 2, [20], 2],
    ['never more than the most', 4, [1_000], 4],
    ['one less after five minutes with work for fewer', 3, [20, 11, 0, 5, 20], 2],
    ['not less when one of five needed all', 3, [20, 11, 21, 5, 20], 3],
    ['not less while nothing is known', 3, [null, 0, 0, 0, 0], 3],
    ['none stays none', 0, [50], 0],
  ])('%s', (_, quantity, minutes, expected) => {
    expect(autoscaled(monitor, quantity, minutes)).toBe(expected);
    expect(autoscaled({ ...monitor, metric: 'queue' }, quantity, minutes)).toBe(expected);
  });

  test('a range that begins at 0 goes down to none and comes back with the first entry', () => {
    const queue = { ...monitor, metric: 'queue', minQuantity: 0 } as const;
    expect(autoscaled(queue, 1, [0, 0, 0, 0, 0])).toBe(0);
    expect(autoscaled(queue, 0, [0])).toBe(0);
    expect(autoscaled(queue, 0, [1])).toBe(1);
  });
});
