/** Tells the person who waits what is being done. */
export type Say = (doing: string) => void;

/** One named part of the set-up. */
export interface Step {
  readonly name: string;
  /** Steps that must be done before. All others may run beside it. */
  readonly needs: readonly string[];
  /** Resolves with a few words on the result. Throws with a sentence that says what to do. */
  run(say: Say, signal: AbortSignal): Promise<string>;
}

/** Steps in an order in which every step comes after those it needs. Throws on a name that is unknown or needs itself. */
export function orderOf(steps: readonly Step[]): readonly Step[] {
  const ordered: Step[] = [];
  const left = new Map(steps.map((step) => [step.name, step]));
  while (left.size > 0) {
    const next = [...left.values()].find((step) =>
      step.needs.every((name) => ordered.some((done) => done.name === name)),
    );
    if (!next) throw new Error(`These steps wait for each other or for none: ${[...left.keys()].join(', ')}`);
    ordered.push(next);
    left.delete(next.name);
  }
  return ordered;
}
