import type { LineFeed, LogLine } from '@jangada/core';

/** Milliseconds that a line may take: ends what hangs. */
const PATIENCE_MS = 30_000;

/** Collects what a feed delivers. */
export class Lines {
  readonly #lines: LogLine[] = [];
  readonly #stop = new AbortController();
  #more = Promise.withResolvers<void>();

  constructor(feed: LineFeed) {
    void this.#read(feed);
  }

  /** The first line that contains the text; waits for it. */
  async with(text: string): Promise<LogLine> {
    const deadline = Date.now() + PATIENCE_MS;
    for (;;) {
      const found = this.#lines.find((line) => line.text.includes(text));
      if (found) return found;
      if (Date.now() > deadline) throw new Error(`no line with ${text} among:\n${this.texts().join('\n')}`);
      await Promise.race([this.#more.promise, new Promise((resolve) => setTimeout(resolve, 100))]);
    }
  }

  texts(): string[] {
    return this.#lines.map((line) => line.text);
  }

  stop(): void {
    this.#stop.abort();
  }

  async #read(feed: LineFeed): Promise<void> {
    for await (const batch of feed.lines(null, this.#stop.signal)) {
      this.#lines.push(...batch.map((fed) => fed.line));
      this.#more.resolve();
      this.#more = Promise.withResolvers<void>();
    }
  }
}
