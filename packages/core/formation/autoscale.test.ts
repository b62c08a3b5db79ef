import { expect, test } from 'vitest';
import { autoscaled } from './autoscale.ts';

const monitor = { minQuantity: 2, maxQuantity: 5, targetMs: 500 };
const calm = [100, null, 249, 10, 0];

test.each([
  ['one more when the last minute was too slow', 3, [501, 100], 4],
  ['never more than the most', 5, [9_000], 5],
  ['the same at the target', 3, [500], 3],
  ['the same without requests', 3, [null], 3],
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
