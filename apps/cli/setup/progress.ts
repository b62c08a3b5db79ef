import type { StepListener } from './run-steps.ts';
import type { Step } from './steps.ts';

/** Milliseconds between two lines about a step that takes long, where there is no terminal to redraw. */
const REMIND_MS = 10_000;

export interface Screen {
  write(text: string): void;
  readonly isTerminal: boolean;
  readonly columns: number;
}

/**
 * One line for each finished step with its seconds. While steps run: on a terminal one line that is drawn anew, elsewhere
 * a line every ten seconds, so that a long step never looks dead.
 */
export function showProgress(screen: Screen, width: number): StepListener & { end(): void } {
  const running = new Map<string, { doing: string; since: number }>();
  const label = (name: string): string => name.padEnd(width);
  const current = (): string =>
    [...running]
      .map(([name, { doing, since }]) => `${name} ${Math.round((Date.now() - since) / 1000)} s${doing && `: ${doing}`}`)
      .join(' | ');

  const draw = (): void => {
    if (running.size === 0) return;
    if (screen.isTerminal) screen.write(`\r\x1b[K  ${current().slice(0, screen.columns - 3)}`);
    else screen.write(`  … ${current()}\n`);
  };
  const line = (text: string): void => screen.write(screen.isTerminal ? `\r\x1b[K${text}\n` : `${text}\n`);
  const timer = setInterval(draw, screen.isTerminal ? 200 : REMIND_MS);
  timer.unref();

  const finish = (step: Step, mark: string, text: string, seconds: number): void => {
    running.delete(step.name);
    line(`  ${mark} ${label(step.name)}  ${`${seconds.toFixed(1)} s`.padStart(7)}  ${text}`);
  };

  return {
    started: (step) => void running.set(step.name, { doing: '', since: Date.now() }),
    doing(step, what) {
      const entry = running.get(step.name);
      if (entry) entry.doing = what;
    },
    done: (step, result, seconds) => finish(step, '✓', result, seconds),
    failed: (step, _error, seconds) => finish(step, '✗', 'failed', seconds),
    end() {
      clearInterval(timer);
      if (screen.isTerminal) screen.write('\r\x1b[K');
    },
  };
}
