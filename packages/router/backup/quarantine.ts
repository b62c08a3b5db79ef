import type { RouteDyno } from '@jangada/core';

/** Dynos that could not be reached a moment ago (behaviour 2.1). HAProxy keeps its own, with the same time. */
export class Quarantine {
  readonly #ms: number;
  readonly #now: () => number;
  readonly #until = new Map<string, number>();

  constructor(ms: number, now: () => number = () => performance.now()) {
    this.#ms = ms;
    this.#now = now;
  }

  failed(dynoId: string): void {
    this.#forgetPast();
    this.#until.set(dynoId, this.#now() + this.#ms);
  }

  /** Those that may be tried. */
  free(dynos: readonly RouteDyno[]): RouteDyno[] {
    this.#forgetPast();
    return dynos.filter((dyno) => !this.#until.has(dyno.dynoId));
  }

  #forgetPast(): void {
    for (const [dynoId, until] of this.#until) if (until <= this.#now()) this.#until.delete(dynoId);
  }
}
