import { type ImageBuildEvent, LineSplitter } from '@jangada/core';
import type { BuildOutput } from '../build-output.ts';

/** Shows a build as Docker shows it without a terminal: `#4 [2/3] RUN make`, `#4 done line`, `#4 DONE 1.2s`. */
export interface BuildProgress {
  show(event: ImageBuildEvent): void;
  /** Resolves when everything is shown. */
  settled(): Promise<void>;
}

export function createBuildProgress(output: BuildOutput): BuildProgress {
  const splitters = new Map<number, LineSplitter>();
  let last: Promise<void> = Promise.resolve();
  const write = (step: number, text: string): void => {
    last = last.then(() => output.pass(Buffer.from(`#${step} ${text}\n`)));
  };
  const splitterOf = (step: number): LineSplitter => {
    const splitter = splitters.get(step) ?? new LineSplitter((text) => write(step, text));
    splitters.set(step, splitter);
    return splitter;
  };
  return {
    show(event) {
      switch (event.kind) {
        case 'step':
          write(event.step, event.name);
          return;
        case 'output':
          splitterOf(event.step).push(Buffer.from(event.text));
          return;
        case 'end':
          splitters.get(event.step)?.end();
          write(event.step, endOf(event));
      }
    },
    async settled() {
      for (const splitter of splitters.values()) splitter.end();
      await last;
    },
  };
}

function endOf({ isCached, error, seconds }: Extract<ImageBuildEvent, { kind: 'end' }>): string {
  if (error !== null) return `ERROR: ${error}`;
  return isCached ? 'CACHED' : `DONE ${seconds.toFixed(1)}s`;
}
