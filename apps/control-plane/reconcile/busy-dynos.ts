/** Dynos that something which takes a while is under way for: a start, a stop, a thaw. */
export class BusyDynos {
  readonly #now = new Set<string>();
  readonly #observers = new Set<Set<string>>();

  /** Those that are busy at this moment. */
  get now(): ReadonlySet<string> {
    return this.#now;
  }

  /** Whether none of them was busy: all are, from now on, until `end`. */
  begin(dynoIds: readonly string[]): boolean {
    if (dynoIds.some((id) => this.#now.has(id))) return false;
    for (const id of dynoIds) {
      this.#now.add(id);
      for (const observer of this.#observers) observer.add(id);
    }
    return true;
  }

  end(dynoIds: readonly string[]): void {
    for (const id of dynoIds) this.#now.delete(id);
  }

  /**
   * What the work gives, and every dyno that was busy at any moment of it: also one whose start began and ended meanwhile,
   * for what was read first does not go with what was read last.
   */
  async during<Result>(work: () => Promise<Result>): Promise<readonly [Result, ReadonlySet<string>]> {
    const observed = new Set(this.#now);
    this.#observers.add(observed);
    try {
      return [await work(), observed];
    } finally {
      this.#observers.delete(observed);
    }
  }
}
