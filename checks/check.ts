import { stripVTControlCharacters } from 'node:util';

/** How one check ended. */
export interface Outcome {
  readonly name: string;
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
  readonly seconds: number;
  /** What failed and why, a few lines each: hours of output end with what its reader looks for. */
  readonly failures: readonly string[];
}

/** One part of `npm test`. */
export interface Check {
  readonly name: string;
  /** Program and arguments, run in the checkout's folder. */
  readonly argv: readonly [string, ...string[]];
  /** File into which a test runner writes its JSON report; null for a check that passes or fails as a whole. */
  readonly report: string | null;
  /** Whether it runs without containers and without installing anything. */
  readonly fast: boolean;
}

/** What of vitest's JSON report is read. */
interface Report {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly numPendingTests: number;
  readonly numTodoTests: number;
  readonly success: boolean;
  readonly testResults?: readonly {
    /** Path of the file. */
    readonly name: string;
    readonly status: string;
    /** Why the file failed as a whole: it could not be loaded, say. */
    readonly message: string;
    readonly assertionResults: readonly {
      readonly fullName: string;
      readonly status: string;
      readonly failureMessages: readonly string[];
    }[];
  }[];
}

/** Lines of a failure that are repeated at the end; all of it is further up. */
const FAILURE_LINES = 8;

/** The checks in order: the quick ones first, so that a slip is told early. */
export function planChecks(bin: string, reports: string): readonly Check[] {
  const tool = (name: string, program: string, ...args: string[]): Check => ({
    name,
    argv: [`${bin}/${program}`, ...args],
    report: null,
    fast: name !== 'dead code',
  });
  const tests = (project: string): Check => {
    const report = `${reports}/${project}.json`;
    const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`];
    return {
      name: `${project} tests`,
      argv: [`${bin}/vitest`, 'run', '--project', project, ...reporters],
      report,
      fast: project === 'unit',
    };
  };
  return [
    tool('format and lint', 'biome', 'check', '--error-on-warnings'),
    tool('types', 'tsc', '-p', '.'),
    tool('dead code', 'knip'),
    tests('unit'),
    tests('system'),
    tests('e2e'),
  ];
}

/**
 * Counts of one ended check. A test runner that ended badly without a failed test (a crash, a broken hook, no report)
 * counts as one failure, so that nothing red looks green.
 */
export function judge(check: Check, exitCode: number, report: string | null, seconds: number): Outcome {
  if (check.report === null) {
    const failed = exitCode === 0 ? 0 : 1;
    return { name: check.name, passed: 1 - failed, failed, skipped: 0, seconds, failures: [] };
  }
  const counts = parseReport(report);
  const failed = counts?.numFailedTests ?? 0;
  const broken = exitCode !== 0 || counts === null || !counts.success;
  return {
    name: check.name,
    passed: counts?.numPassedTests ?? 0,
    failed: broken ? Math.max(1, failed) : failed,
    skipped: (counts?.numPendingTests ?? 0) + (counts?.numTodoTests ?? 0),
    seconds,
    failures: counts === null ? ['there is no report: the test runner itself failed'] : failuresOf(counts),
  };
}

function failuresOf({ testResults = [] }: Report): readonly string[] {
  return testResults.flatMap(({ name, status, message, assertionResults }) => {
    const failed = assertionResults.filter((test) => test.status === 'failed');
    const tests = failed.map(({ fullName, failureMessages: reasons }) => ({ what: fullName, why: reasons.join('\n') }));
    const asWhole = { what: 'outside of its tests', why: message || 'in a hook: its reason is further up' };
    const all = status === 'failed' && failed.length === 0 ? [asWhole] : tests;
    return all.map(({ what, why }) => [`${name}: ${what}`, ...firstLines(why)].join('\n'));
  });
}

function firstLines(text: string): readonly string[] {
  return stripVTControlCharacters(text)
    .split('\n')
    .filter((line) => !line.includes('node_modules'))
    .slice(0, FAILURE_LINES)
    .map((line) => `    ${line}`);
}

function parseReport(text: string | null): Report | null {
  try {
    return text === null ? null : (JSON.parse(text) as Report);
  } catch {
    return null;
  }
}

/** What failed, the table and, as its last line, the plain count that machines read. */
export function summarize(outcomes: readonly Outcome[]): readonly string[] {
  const width = Math.max(...outcomes.map((outcome) => outcome.name.length));
  const rows = outcomes.map(({ name, passed, failed, skipped, seconds }) => {
    const left = skipped > 0 ? `, ${skipped} skipped` : '';
    return `${failed > 0 ? '✗' : '✓'} ${name.padEnd(width)}  ${`${seconds.toFixed(1)} s`.padStart(8)}  ${passed} passed, ${failed} failed${left}`;
  });
  const sum = (pick: (outcome: Outcome) => number): number => outcomes.reduce((total, each) => total + pick(each), 0);
  const failures = outcomes.flatMap((outcome) => outcome.failures).flatMap((failure) => ['', ...failure.split('\n')]);
  return [...failures, '', ...rows, '', `${sum((each) => each.passed)} passed, ${sum((each) => each.failed)} failed`];
}
