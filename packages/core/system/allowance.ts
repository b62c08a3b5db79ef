/** How much may be taken: `burst` at once, and `perMs` every millisecond in the long run. */
export interface Rate {
  readonly burst: number;
  readonly perMs: number;
}

/** What is left of a rate (a token bucket). What is taken last may overdraw it, so that nothing has to be cut in two. */
export class Allowance {
  readonly #rate: Rate;
  #left: number;
  #at: number;

  /** Full at `at`, in milliseconds. */
  constructor(rate: Rate, at: number) {
    this.#rate = rate;
    this.#left = rate.burst;
    this.#at = at;
  }

  /** Fills up to the moment `at`. */
  fill(at: number): void {
    this.#left = Math.min(this.#rate.burst, this.#left + (at - this.#at) * this.#rate.perMs);
    this.#at = at;
  }

  take(amount: number): void {
    this.#left -= amount;
  }

  /** At most `burst`; below 0 when more was taken than there was. */
  get left(): number {
    return this.#left;
  }

  /** Milliseconds until what was overdrawn is back; 0 when something is left. */
  get owedMs(): number {
    return Math.max(0, -this.#left / this.#rate.perMs);
  }
}
