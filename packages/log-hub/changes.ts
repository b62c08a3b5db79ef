/** Lets any number of readers wait for the next change. */
export class Changes {
  #next: PromiseWithResolvers<void> | null = null;

  /** Wakes everybody who waits now. */
  announce(): void {
    this.#next?.resolve();
    this.#next = null;
  }

  /** Resolves at the next change, or when the signal aborts. */
  async wait(signal: AbortSignal): Promise<void> {
    if (signal.aborted) return;
    this.#next ??= Promise.withResolvers<void>();
    const { promise } = this.#next;
    await new Promise<void>((resolve) => {
      const done = (): void => {
        signal.removeEventListener('abort', done);
        resolve();
      };
      signal.addEventListener('abort', done, { once: true });
      void promise.then(done);
    });
  }
}
