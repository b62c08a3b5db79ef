import { appendFile, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { isPlatformError } from '@jangada/platform-api';
import type { CommandContext } from '../command.ts';
import { showProgress } from '../setup/progress.ts';
import { runSteps, StepFailed } from '../setup/run-steps.ts';
import type { Step } from '../setup/steps.ts';

/** Ctrl-C, a polite end, and the loss of the terminal. Steps undo then what must not stay. */
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** Runs steps with their progress on the screen. A failure becomes one line with what to do; resolves with the exit status. */
export async function runPlan(steps: readonly Step[], context: CommandContext): Promise<number> {
  const { processLogs } = context.config.home;
  const log = join(processLogs, 'up.log');
  const interrupted = new AbortController();
  const interrupt = (): void => interrupted.abort(new Error('interrupted'));
  for (const signal of SIGNALS) process.once(signal, interrupt);
  const screen = {
    write: context.progress,
    isTerminal: process.stderr.isTTY === true,
    columns: process.stderr.columns ?? 80,
  };
  const progress = showProgress(screen, Math.max(...steps.map((step) => step.name.length)));
  try {
    await runSteps(steps, progress, interrupted.signal);
    return 0;
  } catch (error) {
    progress.end();
    if (interrupted.signal.aborted) {
      context.progress(' !     Interrupted. Nothing is half done: run the same command again to go on.\n');
      return 130;
    }
    const cause = error instanceof StepFailed ? error.cause : error;
    const detail = cause instanceof Error ? (cause.stack ?? cause.message) : String(cause);
    await mkdir(processLogs, { recursive: true, mode: 0o700 })
      .then(() => appendFile(log, `${detail}\n`))
      .catch(() => {});
    const name = error instanceof StepFailed ? `${error.step.name}: ` : '';
    const message = cause instanceof Error ? cause.message : String(cause);
    const advice = isPlatformError(cause) ? '' : ` Run the same command again; if it fails again, see ${log}.`;
    context.progress(
      ` !     ${name}${message}${advice}${/See |\.log/.test(message) || advice ? '' : ` (log: ${log})`}\n`,
    );
    return 1;
  } finally {
    progress.end();
    for (const signal of SIGNALS) process.removeListener(signal, interrupt);
  }
}
