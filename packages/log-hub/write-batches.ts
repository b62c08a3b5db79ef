/**
 * Collects what is handed in while a write is under way and writes it in one go afterwards: many small appends cost few
 * system calls, in the order in which they came.
 */
export class WriteBatches<Item> {
  readonly #write: (items: readonly Item[]) => Promise<void>;
  #waiting: Item[] = [];
  /** The write that will take what waits now. */
  #next: Promise<void> | null = null;
  #current: Promise<void> = Promise.resolve();
  #writing = false;

  constructor(write: (items: readonly Item[]) => Promise<void>) {
    this.#write = write;
  }

  /** Resolves when the items are written; rejects when the write that took them failed. */
  add(items: readonly Item[]): Promise<void> {
    for (const item of items) this.#waiting.push(item);
    this.#next ??= this.#current.then(() => this.#flush());
    return this.#next;
  }

  /** Nothing waits or is being written. */
  get idle(): boolean {
    return this.#next === null && !this.#writing;
  }

  /** Resolves when everything handed in so far is written, or could not be. */
  async settled(): Promise<void> {
    await (this.#next ?? this.#current).catch(() => undefined);
  }

  async #flush(): Promise<void> {
    const items = this.#waiting;
    this.#waiting = [];
    this.#current = this.#next!.catch(() => undefined);
    this.#next = null;
    this.#writing = true;
    try {
      await this.#write(items);
    } finally {
      this.#writing = false;
    }
  }
}
