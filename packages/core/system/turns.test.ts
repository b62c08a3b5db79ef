import { expect, test } from 'vitest';
import { Turns } from './turns.ts';

test('work runs one after the other, and goes on after a failure', async () => {
  const turns = new Turns();
  const log: string[] = [];
  const step = (name: string, fails = false): Promise<void> =>
    turns.take(async () => {
      log.push(`${name} begins`);
      await Promise.resolve();
      log.push(`${name} ends`);
      if (fails) throw new Error(name);
    });
  const outcomes = await Promise.allSettled([step('a'), step('b', true), step('c')]);
  expect(log).toEqual(['a begins', 'a ends', 'b begins', 'b ends', 'c begins', 'c ends']);
  expect(outcomes.map((outcome) => outcome.status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
});

test('the end waits for what was taken and refuses what comes later', async () => {
  const turns = new Turns();
  let done = false;
  const work = turns.take(async () => {
    done = true;
  });
  await turns.end();
  expect(done).toBe(true);
  await work;
  await expect(turns.take(async () => undefined)).rejects.toThrow('ended');
});
