import type { Writable } from 'node:stream';

/** Lets so many builds run at once; the others wait in the order in which they came. */
export interface BuildQueue {
  /** Runs `work` when it is its turn, or at once when the signal has aborted, so that it can say so itself. */
  run<Result>(output: Writable, signal: AbortSignal, work: () => Promise<Result>): Promise<Result>;
}

export function createBuildQueue(size: number): BuildQueue {
  const waiting: (() => void)[] = [];
  let running = 0;

  /** Takes a place, now or when one is free. */
  const turn = (output: Writable, signal: AbortSignal): Promise<void> => {
    if (running < size || signal.aborted) {
      running += 1;
      return Promise.resolve();
    }
    output.write(`-----> Waiting for a free builder (place ${waiting.length + 1} in the queue)\n`);
    return new Promise((resolve) => {
      const go = (): void => {
        waiting.splice(waiting.indexOf(go), 1);
        signal.removeEventListener('abort', go);
        running += 1;
        resolve();
      };
      waiting.push(go);
      signal.addEventListener('abort', go, { once: true });
    });
  };

  return {
    async run(output, signal, work) {
      await turn(output, signal);
      try {
        return await work();
      } finally {
        running -= 1;
        if (running < size) waiting[0]?.();
      }
    },
  };
}
