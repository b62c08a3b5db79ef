import { expect, test } from 'vitest';
import { judge, planChecks, summarize } from './check.ts';

const PLAN = planChecks('bin', 'reports');
const UNIT = PLAN.find((check) => check.name === 'unit tests')!;
const TYPES = PLAN.find((check) => check.name === 'types')!;
const report = (passed: number, failed: number): string =>
  JSON.stringify({
    numPassedTests: passed,
    numFailedTests: failed,
    numPendingTests: 0,
    numTodoTests: 0,
    success: failed === 0,
  });

test('a test runner that crashes without a failed test still counts as a failure', () => {
  expect(judge(UNIT, 1, report(12, 0), 1)).toMatchObject({ passed: 12, failed: 1 });
  expect(judge(UNIT, 0, null, 1)).toMatchObject({ passed: 0, failed: 1 });
  expect(judge(UNIT, 137, '{"numPassed', 1)).toMatchObject({ passed: 0, failed: 1 });
});

test('failed tests are counted, tools count as one', () => {
  expect(judge(UNIT, 1, report(12, 3), 1)).toMatchObject({ passed: 12, failed: 3 });
  expect(judge(TYPES, 0, null, 1)).toMatchObject({ passed: 1, failed: 0 });
  expect(judge(TYPES, 2, null, 1)).toMatchObject({ passed: 0, failed: 1 });
});

test('the last line is the plain count', () => {
  const outcomes = [judge(TYPES, 0, null, 1), judge(UNIT, 1, report(12, 3), 2)];
  expect(summarize(outcomes).at(-1)).toBe('13 passed, 3 failed');
});

test('the fast checks need no container', () => {
  expect(PLAN.filter((check) => check.fast).map((check) => check.name)).toEqual([
    'format and lint',
    'types',
    'unit tests',
  ]);
});
