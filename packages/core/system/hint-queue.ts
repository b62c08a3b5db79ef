/**
 * Hints on their way to one reader, in order of arrival. A hint that already waits is not queued twice, so a reader that is
 * slow costs at most one entry for each distinct hint.
 */
export class HintQueue implements AsyncIterable<string> {
  readonly #waiting = new Set<string>();
  #wake: (() => void) | null = null;
  #ended = false;

  push(hint: string): void {
    if (this.#ended) return;
    this.#waiting.add(hint);
    this.#wake?.();
  }

  /** The reader gets what waits, then its iteration ends. */
  end(): void {
    this.#ended = true;
    this.#wake?.();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<string, void> {
    try {
      while (true) {
        for (const hint of this.#waiting) {
          this.#waiting.delete(hint);
          yield hint;
        }
        if (this.#waiting.size > 0) continue;
        if (this.#ended) return;
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
        this.#wake = null;
      }
    } finally {
      this.#ended = true;
      this.#waiting.clear();
    }
  }
}
