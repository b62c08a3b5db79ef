import { expect, test } from 'vitest';
import { BusyDynos } from './busy-dynos.ts';

test('only one thing is under way for a dyno at a time', () => {
  const busy = new BusyDynos();
  expect(busy.begin(['old', 'new'])).toBe(true);
  expect(busy.begin(['new'])).toBe(false);
  expect(busy.begin(['other', 'old'])).toBe(false);
  expect(busy.now).toEqual(new Set(['old', 'new']));
  busy.end(['old', 'new']);
  expect(busy.begin(['new'])).toBe(true);
});

test('an observer sees what was busy before, and what began and ended meanwhile', async () => {
  const busy = new BusyDynos();
  busy.begin(['before']);
  const [result, observed] = await busy.during(async () => {
    busy.end(['before']);
    busy.begin(['meanwhile']);
    busy.end(['meanwhile']);
    return 'read';
  });
  busy.begin(['after']);
  expect(result).toBe('read');
  expect(observed).toEqual(new Set(['before', 'meanwhile']));
});
