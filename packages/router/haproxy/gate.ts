/** Lets many changes of single apps run side by side, and one change of everything (reload, restart) alone. */
export class Gate {
  #inside = new Set<Promise<unknown>>();
  #last: Promise<unknown> = Promise.resolve();
  #closed: Promise<unknown> | null = null;

  /** Runs once nothing exclusive runs or waits. */
  async shared<T>(work: () => Promise<T>): Promise<T> {
    while (this.#closed) await this.#closed;
    const running = work();
    const settled = running.catch(() => undefined);
    this.#inside.add(settled);
    settled.then(() => this.#inside.delete(settled));
    return running;
  }

  /** Runs after everything that is inside has come out; later arrivals wait. */
  async exclusive<T>(work: () => Promise<T>): Promise<T> {
    const before = this.#last;
    const running = (async () => {
      await before;
      await Promise.all(this.#inside);
      return await work();
    })();
    const settled = running.catch(() => undefined);
    this.#last = settled;
    this.#closed = settled;
    settled.then(() => {
      if (this.#closed === settled) this.#closed = null;
    });
    return running;
  }
}
