/** Runs pieces of work one after the other, in the order they were handed in, and none after the end. */
export class Turns {
  #last: Promise<unknown> = Promise.resolve();
  #ended = false;

  /** The outcome of `work`, which starts when all before it are done, however they went. Rejects after the end. */
  take<Result>(work: () => Promise<Result>): Promise<Result> {
    if (this.#ended) return Promise.reject(new Error('This has ended; nothing more can be done in it.'));
    const result = this.#last.then(work);
    this.#last = result.catch(() => undefined);
    return result;
  }

  /** Takes no more work. Resolves when what was taken is done. */
  async end(): Promise<void> {
    this.#ended = true;
    await this.#last;
  }
}
