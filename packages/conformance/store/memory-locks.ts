/** Two transactions wait for each other; the one that gets this runs again. */
export class Deadlock extends Error {}

/** Whoever may hold locks. */
export interface LockOwner {
  /** Key it waits for now. */
  waitsFor: string | null;
}

/** Exclusive locks by key, held until the owner lets go of all of them: what row and advisory locks are to PostgreSQL. */
export class Locks {
  readonly #holders = new Map<string, LockOwner>();
  readonly #queues = new Map<string, { owner: LockOwner; grant: () => void }[]>();

  async acquire(owner: LockOwner, key: string): Promise<void> {
    const holder = this.#holders.get(key);
    if (holder === undefined) this.#holders.set(key, owner);
    if (holder === undefined || holder === owner) return;
    if (this.#leadsTo(holder, owner)) throw new Deadlock(`Deadlock on ${key}.`);
    owner.waitsFor = key;
    const queue = this.#queues.get(key) ?? [];
    this.#queues.set(key, queue);
    await new Promise<void>((grant) => queue.push({ owner, grant }));
  }

  releaseAll(owner: LockOwner): void {
    for (const [key, holder] of this.#holders) {
      if (holder !== owner) continue;
      const next = this.#queues.get(key)?.shift();
      if (next === undefined) {
        this.#holders.delete(key);
        this.#queues.delete(key);
      } else {
        this.#holders.set(key, next.owner);
        next.owner.waitsFor = null;
        next.grant();
      }
    }
  }

  #leadsTo(from: LockOwner | undefined, to: LockOwner): boolean {
    let owner = from;
    while (owner !== undefined && owner !== to) {
      owner = owner.waitsFor === null ? undefined : this.#holders.get(owner.waitsFor);
    }
    return owner === to;
  }
}
