/** Names of the pre-declared app backends, handed out oldest first so that a name rests before it serves another app. */
export class BackendPool {
  #size: number;
  #free: string[];

  constructor(size: number, taken: Iterable<string>) {
    const used = new Set(taken);
    const highest = Math.max(-1, ...[...used].map((name) => Number(name.slice(1))));
    this.#size = Math.max(size, highest + 1);
    this.#free = this.all().filter((name) => !used.has(name));
  }

  get size(): number {
    return this.#size;
  }

  all(): string[] {
    return Array.from({ length: this.#size }, (_, index) => `b${String(index).padStart(5, '0')}`);
  }

  /** Null when the pool is used up: grow it. */
  take(): string | null {
    return this.#free.shift() ?? null;
  }

  release(name: string): void {
    if (!this.#free.includes(name)) this.#free.push(name);
  }

  /** Keeps a free name from being handed out. */
  reserve(name: string): void {
    this.#free = this.#free.filter((free) => free !== name);
  }

  /** Doubles the pool. The new names serve once HAProxy has been reloaded with them. */
  grow(): void {
    const before = new Set(this.all());
    this.#size *= 2;
    this.#free.push(...this.all().filter((name) => !before.has(name)));
  }
}
