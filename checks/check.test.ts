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

test('what failed, and why, is told again at the end', () => {
  const result = (status: string, tests: readonly object[], message = ''): object => ({
    name: '/a/some.test.ts',
    status,
    message,
    assertionResults: tests,
  });
  const lines = (...testResults: readonly object[]): readonly string[] =>
    summarize([judge(UNIT, 1, JSON.stringify({ ...JSON.parse(report(1, 1)), testResults }), 1)]);
  const failed = {
    fullName: 'it works',
    status: 'failed',
    failureMessages: ['\u001b[31mno\u001b[39m\n  at here.ts:1'],
  };
  const passed = { fullName: 'it starts', status: 'passed', failureMessages: [] };

  const told = lines(result('failed', [passed, failed]));
  expect(told.slice(0, 4)).toEqual(['', '/a/some.test.ts: it works', '    no', '      at here.ts:1']);
  expect(told.join()).not.toContain('it starts');
  expect(lines(result('failed', [], 'Cannot find it'))).toContain('    Cannot find it');
  expect(lines(result('failed', [passed]))).toContain('/a/some.test.ts: outside of its tests');
  expect(lines(result('passed', [passed])).join()).not.toContain('some.test.ts');
  expect(summarize([judge(UNIT, 1, null, 1)]).join()).toContain('there is no report');
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
