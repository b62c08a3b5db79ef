import type { Readable } from 'node:stream';

/** Shorter rests are put off, so that timers cost nothing beside the reading. */
const SHORTEST_MS = 5;
/** A dyno that floods with many others still gets its turn, so that it can end. */
const LONGEST_MS = 500;

/**
 * Leaves the outputs of dynos that flood their log alone for a while: the engine's buffers fill, and the dyno waits in its
 * write. Those who flood at the same time share what one may be read.
 */
export class FloodRests {
  #resting = 0;

  /** Reads nothing of `output` for what it owes (`DynoOutput.restMs`). */
  rest(output: Readable, owedMs: number): void {
    if (owedMs < SHORTEST_MS) return;
    this.#resting += 1;
    output.pause();
    setTimeout(
      () => {
        this.#resting -= 1;
        output.resume();
      },
      Math.min(owedMs * this.#resting, LONGEST_MS),
    ).unref();
  }
}
