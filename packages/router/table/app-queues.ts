/** Runs the changes of one app one after the other; different apps do not wait for each other. */
export class AppQueues {
  readonly #last = new Map<string, Promise<unknown>>();

  run<T>(appId: string, work: () => Promise<T>): Promise<T> {
    const before = this.#last.get(appId) ?? Promise.resolve();
    const running = before.then(work);
    const settled = running.catch(() => undefined);
    this.#last.set(appId, settled);
    settled.then(() => {
      if (this.#last.get(appId) === settled) this.#last.delete(appId);
    });
    return running;
  }
}
