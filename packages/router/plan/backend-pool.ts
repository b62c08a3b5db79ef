/**
 * `plain` backends serve apps that chose nothing for themselves; the rules that read an app's own settings stand in the
 * `custom` ones only, so that they cost nobody else (decision 0045).
 */
export type BackendKind = 'plain' | 'custom';

/** How many backends of each kind there are. */
export type PoolSizes = Readonly<Record<BackendKind, number>>;

const KINDS = ['plain', 'custom'] as const satisfies readonly BackendKind[];

/** What stands before the number of a backend in its name. */
export const BACKEND = 'b';

/** `b0`, `b1` and so on are plain, `b-1`, `b-2` custom. HAProxy finds a short name sooner, and a number sooner than a text. */
const NAME = new RegExp(`^${BACKEND}(0|-?[1-9][0-9]*)$`);

/** Whether it is the name of a backend: tables of earlier versions have others. */
export function isBackendName(name: string): boolean {
  return NAME.test(name);
}

/** By which the maps know it. */
export function numberOf(name: string): number {
  return Number(name.slice(BACKEND.length));
}

/** What a backend is, by its name. */
export function kindOf(name: string): BackendKind {
  return numberOf(name) < 0 ? 'custom' : 'plain';
}

/** Names of the pre-declared app backends, handed out oldest first so that a name rests before it serves another app. */
export class BackendPool {
  readonly #sizes: Record<BackendKind, number>;
  #free: string[];

  constructor(sizes: PoolSizes, taken: Iterable<string>) {
    const used = new Set(taken);
    this.#sizes = { ...sizes };
    for (const name of used) {
      const kind = kindOf(name);
      this.#sizes[kind] = Math.max(this.#sizes[kind], kind === 'plain' ? numberOf(name) + 1 : -numberOf(name));
    }
    this.#free = this.all().filter((name) => !used.has(name));
  }

  /** Of both kinds. */
  get size(): number {
    return this.#sizes.plain + this.#sizes.custom;
  }

  get sizes(): PoolSizes {
    return { ...this.#sizes };
  }

  all(): string[] {
    return KINDS.flatMap((kind) => namesOf(kind, this.#sizes[kind]));
  }

  /** Null when all of the kind are taken: grow. */
  take(kind: BackendKind): string | null {
    const name = this.#free.find((free) => kindOf(free) === kind) ?? null;
    if (name !== null) this.reserve(name);
    return name;
  }

  release(name: string): void {
    if (!this.#free.includes(name)) this.#free.push(name);
  }

  /** Keeps a free name from being handed out. */
  reserve(name: string): void {
    this.#free = this.#free.filter((free) => free !== name);
  }

  /** Doubles the backends of a kind. The new names serve once HAProxy has been reloaded with them. */
  grow(kind: BackendKind): void {
    const before = new Set(this.all());
    this.#sizes[kind] *= 2;
    this.#free.push(...this.all().filter((name) => !before.has(name)));
  }
}

function namesOf(kind: BackendKind, count: number): string[] {
  return Array.from({ length: count }, (_, index) => `${BACKEND}${kind === 'plain' ? index : -1 - index}`);
}
