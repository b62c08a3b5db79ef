import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Check, judge, type Outcome, planChecks, summarize } from './check.ts';
import { provideTestImage } from './test-image.ts';

/** `bin/test [fast|bench]`. Everything runs even when something failed: one run tells all. */
const root = join(import.meta.dirname, '..');
const bin = join(root, 'node_modules', '.bin');
const node = process.execPath;

/** Ours, so that a run leaves an installation on this machine alone. */
const testHome = join(root, '.jangada', 'test');

async function run(
  argv: readonly [string, ...string[]],
  extra: Readonly<Record<string, string>> = {},
): Promise<number> {
  const [program, ...args] = argv;
  // Tests need the first stack layer only: the others would be made beside them, at their cost.
  const layer = process.env['JANGADA_STACK_LAYER'] || 'base';
  const env = { ...process.env, PATH: `${bin}:${process.env['PATH']}`, JANGADA_STACK_LAYER: layer, ...extra };
  const child = spawn(program, args, { cwd: root, env, stdio: ['ignore', 'inherit', 'inherit'] });
  const [code] = (await once(child, 'close')) as [number | null];
  return code ?? 1;
}

async function runCheck(check: Check): Promise<Outcome> {
  console.log(`\n── ${check.name}`);
  const begun = performance.now();
  const code = await run(check.argv).catch((error: unknown) => {
    console.error(String(error));
    return 127;
  });
  const report = check.report === null ? null : await readFile(check.report, 'utf8').catch(() => null);
  return judge(check, code, report, (performance.now() - begun) / 1000);
}

/** What system and end-to-end tests need of the machine, by the installer that people use. */
async function prepare(...options: readonly string[]): Promise<Outcome> {
  console.log('\n── set-up');
  const begun = performance.now();
  const code = await run([node, join(root, 'apps', 'cli', 'main.ts'), 'prepare', ...options], {
    JANGADA_HOME: testHome,
  });
  if (code === 0) await provideTestImage(root, testHome);
  const failed = code === 0 ? 0 : 1;
  const seconds = (performance.now() - begun) / 1000;
  return { name: 'set-up', passed: 1 - failed, failed, skipped: 0, seconds, failures: [] };
}

async function runAll(mode: 'fast' | 'full'): Promise<number> {
  const reports = await mkdtemp(join(tmpdir(), 'jangada-checks-'));
  const outcomes: Outcome[] = [];
  try {
    const checks = planChecks(bin, reports);
    for (const check of checks.filter(({ fast }) => fast || mode === 'full')) {
      const needsMachine = ['system tests', 'e2e tests'].includes(check.name);
      if (needsMachine && !outcomes.some(({ name }) => name === 'set-up')) outcomes.push(await prepare());
      outcomes.push(await runCheck(check));
    }
  } finally {
    await rm(reports, { recursive: true, force: true });
  }
  console.log(summarize(outcomes).join('\n'));
  return outcomes.some(({ failed }) => failed > 0) ? 1 : 0;
}

const [mode = 'full', ...rest] = process.argv.slice(2);
if (mode === 'fast' || mode === 'full') {
  process.exitCode = await runAll(mode);
} else if (mode === 'bench' && existsSync(join(root, 'bench', 'main.ts'))) {
  const { failed } = await prepare('--bench');
  process.exitCode = failed > 0 ? 1 : await run([node, join(root, 'bench', 'main.ts'), ...rest]);
} else {
  console.error(` !     bin/test knows "fast", "bench" and nothing (everything), not "${mode}".`);
  process.exitCode = 2;
}
