import { orderOf, type Step } from './steps.ts';

/** What a runner tells the outside. Seconds count from the step's own start. */
export interface StepListener {
  started(step: Step): void;
  doing(step: Step, what: string): void;
  done(step: Step, result: string, seconds: number): void;
  failed(step: Step, error: unknown, seconds: number): void;
}

/** A step that failed. `cause` is what it threw. */
export class StepFailed extends Error {
  readonly step: Step;

  constructor(step: Step, cause: unknown) {
    super(cause instanceof Error ? cause.message : String(cause), { cause });
    this.name = 'StepFailed';
    this.step = step;
  }
}

/**
 * Runs each step as soon as those it needs are done. The first failure aborts the others, waits for them to end, and is
 * thrown as StepFailed.
 */
export async function runSteps(steps: readonly Step[], listener: StepListener, outer?: AbortSignal): Promise<void> {
  const failing = new AbortController();
  const signal = outer ? AbortSignal.any([failing.signal, outer]) : failing.signal;
  const running = new Map<string, Promise<void>>();
  let failure: StepFailed | null = null;

  const execute = async (step: Step): Promise<void> => {
    await Promise.all(step.needs.map((name) => running.get(name)));
    signal.throwIfAborted();
    const begun = performance.now();
    const seconds = (): number => (performance.now() - begun) / 1000;
    listener.started(step);
    try {
      const result = await step.run((what) => listener.doing(step, what), signal);
      listener.done(step, result, seconds());
    } catch (error) {
      if (failure === null && !outer?.aborted) {
        failure = new StepFailed(step, error);
        listener.failed(step, error, seconds());
        failing.abort();
      }
      throw error;
    }
  };

  for (const step of orderOf(steps)) running.set(step.name, execute(step));
  await Promise.allSettled(running.values());
  if (failure) throw failure;
  outer?.throwIfAborted();
}
