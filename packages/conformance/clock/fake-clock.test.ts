import { expect, test } from 'vitest';
import { clockConformance } from './clock-suite.ts';
import { createFakeClock } from './fake-clock.ts';

clockConformance('the fake clock', () => {
  const clock = createFakeClock();
  return { clock, pass: (ms) => clock.advance(ms) };
});

test('a sleeper wakes at its own moment and may sleep again within one advance', async () => {
  const clock = createFakeClock(new Date(0));
  const woke: number[] = [];
  const ticking = (async () => {
    for (let tick = 0; tick < 3; tick++) {
      await clock.sleep(100);
      woke.push(clock.now().getTime());
    }
  })();
  await clock.advance(350);
  await ticking;
  expect(woke).toEqual([100, 200, 300]);
  expect(clock.now().getTime()).toBe(350);
});

test('nobody wakes while the clock stands still', async () => {
  const clock = createFakeClock();
  let woke = false;
  void clock.sleep(10).then(() => {
    woke = true;
  });
  await clock.advance(9);
  expect(woke).toBe(false);
  expect(clock.sleeping).toBe(1);
  await clock.advance(1);
  expect(woke).toBe(true);
});
