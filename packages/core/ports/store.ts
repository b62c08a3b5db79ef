import type { Tables } from '../tables.ts';

/** Columns compared for equality; an array means any of these; null means SQL null; undefined is refused. Plain columns only. */
export type Where<Row> = { readonly [K in keyof Row]?: Row[K] | readonly Row[K][] };

export interface ListOptions<Row> {
  /** Default `id`, which is the order of creation. Equal rows are in the order of `id`. */
  readonly orderBy?: keyof Row & string;
  readonly direction?: 'asc' | 'desc';
  readonly limit?: number;
  /** Only rows whose `orderBy` column lies beyond this value in the direction of the order. */
  readonly after?: unknown;
}

/** One kind of row, keyed by `id`. */
export interface Table<Row extends { readonly id: string }> {
  get(id: string): Promise<Row | null>;
  find(where: Where<Row>): Promise<Row | null>;
  list(where?: Where<Row>, options?: ListOptions<Row>): Promise<readonly Row[]>;
  count(where?: Where<Row>): Promise<number>;
  /**
   * Throws `conflict` when a unique column is taken; its `params.column` names the column (the last one of a set). Throws
   * `not_found` when the row points to an app or account that is gone.
   */
  insert(row: Row): Promise<Row>;
  /** Null when the row is gone. Members that are undefined stay as they are. Throws `conflict` like `insert`. */
  update(id: string, change: Partial<Omit<Row, 'id'>>): Promise<Row | null>;
  /** Whether there was such a row. */
  delete(id: string): Promise<boolean>;
}

export type Rows = { readonly [Name in keyof Tables]: Table<Tables[Name]> };

/** Rows within one transaction. */
export type Transaction = Rows & {
  /** Serialises transactions on the same key until this one ends; use the app's id before reading what you will change. */
  lock(key: string): Promise<void>;
  /** Wakes `listen`ers on every control plane, once, after the commit. */
  notify(channel: StoreChannel, payload: string): Promise<void>;
};

/** `app`: something about the app with this id changed. */
export type StoreChannel = 'app';

/** The platform's state. */
export interface Store {
  /** Reads outside a transaction. */
  readonly rows: Rows;
  /**
   * All or nothing; durable when resolved. The function may run again after a serialisation failure, so it must not have
   * effects outside the transaction.
   */
  transaction<Result>(work: (tx: Transaction) => Promise<Result>): Promise<Result>;
  /**
   * Payloads notified from now on; equal ones that wait for the reader are handed over once. `ready` is called once
   * listening is in force, and again when it is after the database was away: then an empty payload follows, which means
   * that anything may have changed. Ends when the signal aborts.
   */
  listen(channel: StoreChannel, signal: AbortSignal, ready?: () => void): AsyncIterable<string>;
  /**
   * Runs `work` while this process alone holds `name` across all control planes; waits for it (aborting `signal` ends the
   * wait with its reason). `held` aborts with `signal`, and when the hold is lost because the database went away: `work`
   * must end then, and `exclusively` throws `store_unavailable` once it has, or after 5 s whether it has or not.
   */
  exclusively<Result>(name: string, signal: AbortSignal, work: (held: AbortSignal) => Promise<Result>): Promise<Result>;
  close(): Promise<void>;
}
