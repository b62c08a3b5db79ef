/** How one check ended. */
export interface Outcome {
  readonly name: string;
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
  readonly seconds: number;
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
}

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
    return { name: check.name, passed: exitCode === 0 ? 1 : 0, failed: exitCode === 0 ? 0 : 1, skipped: 0, seconds };
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
  };
}

function parseReport(text: string | null): Report | null {
  try {
    return text === null ? null : (JSON.parse(text) as Report);
  } catch {
    return null;
  }
}

/** The table and, as its last line, the plain count that machines read. */
export function summarize(outcomes: readonly Outcome[]): readonly string[] {
  const width = Math.max(...outcomes.map((outcome) => outcome.name.length));
  const rows = outcomes.map(({ name, passed, failed, skipped, seconds }) => {
    const left = skipped > 0 ? `, ${skipped} skipped` : '';
    return `${failed > 0 ? '✗' : '✓'} ${name.padEnd(width)}  ${`${seconds.toFixed(1)} s`.padStart(8)}  ${passed} passed, ${failed} failed${left}`;
  });
  const sum = (pick: (outcome: Outcome) => number): number => outcomes.reduce((total, each) => total + pick(each), 0);
  return ['', ...rows, '', `${sum((each) => each.passed)} passed, ${sum((each) => each.failed)} failed`];
}
