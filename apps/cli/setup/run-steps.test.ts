import { expect, test } from 'vitest';
import { runSteps, type StepListener } from './run-steps.ts';
import { orderOf, type Step } from './steps.ts';

const SILENT: StepListener = { started: () => {}, doing: () => {}, done: () => {}, failed: () => {} };

function step(name: string, needs: string[], run: Step['run'] = async () => ''): Step {
  return { name, needs, run };
}

test('a step starts after all it needs and beside what it does not need', async () => {
  const seen: string[] = [];
  const both = Promise.withResolvers<void>();
  let waiting = 0;
  const meet = (name: string) => async () => {
    seen.push(name);
    if (++waiting === 2) both.resolve();
    await both.promise;
    return '';
  };
  const last = step('last', ['left', 'right'], async () => {
    seen.push('last');
    return '';
  });
  await runSteps([last, step('left', [], meet('left')), step('right', [], meet('right'))], SILENT);
  expect(seen.at(-1)).toBe('last');
  expect(seen).toHaveLength(3);
});

test('a failure aborts what runs, starts nothing more, and names its step', async () => {
  let aborted = false;
  let reached = false;
  const slow = step('slow', [], (_, signal) => {
    return new Promise((_resolve, reject) => {
      signal.addEventListener('abort', () => {
        aborted = true;
        reject(signal.reason);
      });
    });
  });
  const broken = step('broken', [], async () => {
    throw new Error('The disk is full.');
  });
  const after = step('after', ['broken'], async () => {
    reached = true;
    return '';
  });
  await expect(runSteps([slow, broken, after], SILENT)).rejects.toMatchObject({
    message: 'The disk is full.',
    step: { name: 'broken' },
  });
  expect(aborted).toBe(true);
  expect(reached).toBe(false);
});

test('steps that wait for each other are a mistake that is told at once', () => {
  expect(() => orderOf([step('a', ['b']), step('b', ['a'])])).toThrow(/a, b/);
});
