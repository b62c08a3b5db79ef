/** App ids whose held requests ask for a wake. A reader that comes late gets the calls that still stand. */
export class WakeCalls {
  readonly #standing = new Map<string, number>();
  readonly #readers = new Set<(appId: string) => void>();

  /** A request of the app is held; call the returned function when it is not any more. */
  ask(appId: string): () => void {
    const waiting = this.#standing.get(appId) ?? 0;
    this.#standing.set(appId, waiting + 1);
    for (const tell of waiting === 0 ? this.#readers : []) tell(appId);
    return () => {
      const left = (this.#standing.get(appId) ?? 1) - 1;
      if (left > 0) this.#standing.set(appId, left);
      else this.#standing.delete(appId);
    };
  }

  /** Ends when the signal aborts. */
  async *calls(signal: AbortSignal): AsyncIterable<string> {
    const pending = new Set(this.#standing.keys());
    let wake: () => void = () => undefined;
    const tell = (appId: string): void => {
      pending.add(appId);
      wake();
    };
    this.#readers.add(tell);
    const stop = (): void => wake();
    signal.addEventListener('abort', stop, { once: true });
    try {
      while (!signal.aborted) {
        for (const appId of pending) {
          pending.delete(appId);
          yield appId;
        }
        if (pending.size > 0 || signal.aborted) continue;
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    } finally {
      this.#readers.delete(tell);
      signal.removeEventListener('abort', stop);
    }
  }
}
