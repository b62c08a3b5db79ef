import { type StoreChannel, type Tables, UNIQUE_COLUMNS } from '@jangada/core';
import { PlatformError } from '@jangada/platform-api';
import type { LockOwner, Locks } from './memory-locks.ts';
import { REFERENCES } from './references.ts';

export type TableName = keyof Tables;
export type AnyRow = Readonly<Record<string, unknown>> & { readonly id: string };

/** What has been committed. */
export class Committed {
  readonly #tables = new Map<TableName, Map<string, AnyRow>>();

  table(name: TableName): Map<string, AnyRow> {
    const table = this.#tables.get(name) ?? new Map<string, AnyRow>();
    this.#tables.set(name, table);
    return table;
  }
}

/**
 * One transaction at the isolation PostgreSQL has by default: it sees what is committed at the moment of each statement and
 * its own changes; rows it changed are locked for others until it ends.
 */
export class MemorySession implements LockOwner {
  waitsFor: string | null = null;
  readonly hints: { channel: StoreChannel; payload: string }[] = [];
  readonly #committed: Committed;
  readonly #locks: Locks;
  readonly #changes = new Map<TableName, Map<string, AnyRow | null>>();

  constructor(committed: Committed, locks: Locks) {
    this.#committed = committed;
    this.#locks = locks;
  }

  lock(key: string): Promise<void> {
    return this.#locks.acquire(this, key);
  }

  get(name: TableName, id: string): AnyRow | null {
    const changed = this.#changes.get(name)?.get(id);
    return changed === undefined ? (this.#committed.table(name).get(id) ?? null) : changed;
  }

  *scan(name: TableName): Iterable<AnyRow> {
    const changes = this.#changes.get(name);
    for (const [id, row] of this.#committed.table(name)) if (!changes?.has(id)) yield row;
    for (const row of changes?.values() ?? []) if (row !== null) yield row;
  }

  async insert(name: TableName, row: AnyRow): Promise<AnyRow> {
    await this.#claimUnique(name, row, [['id'], ...(uniqueColumns(name) ?? [])]);
    this.#checkReferences(name, row);
    return this.#put(name, row);
  }

  async update(name: TableName, id: string, change: Readonly<Record<string, unknown>>): Promise<AnyRow | null> {
    await this.lock(`row ${name} ${id}`);
    const old = this.get(name, id);
    if (old === null) return null;
    const given = Object.entries(change).filter(([, value]) => value !== undefined);
    const row = { ...old, ...Object.fromEntries(given), id };
    const touched = uniqueColumns(name).filter((columns) => columns.some((column) => change[column] !== undefined));
    await this.#claimUnique(name, row, touched);
    this.#checkReferences(name, row);
    return this.#put(name, row);
  }

  async delete(name: TableName, id: string): Promise<boolean> {
    await this.lock(`row ${name} ${id}`);
    if (this.get(name, id) === null) return false;
    for (const [child, reference] of referencesTo(name)) {
      for (const row of [...this.scan(child)].filter((candidate) => candidate[reference.column] === id)) {
        if (reference.onDelete === 'refuse') {
          throw new PlatformError('conflict', `This row of ${name} is still used by ${child}.`, {
            params: { column: reference.column },
          });
        }
        await this.delete(child, row.id);
      }
    }
    this.#change(name).set(id, null);
    return true;
  }

  commit(): void {
    for (const [name, changes] of this.#changes) {
      for (const row of changes.values()) if (row !== null) this.#checkReferences(name, row);
    }
    for (const [name, changes] of this.#changes) {
      const table = this.#committed.table(name);
      for (const [id, row] of changes) {
        if (row === null) table.delete(id);
        else table.set(id, row);
      }
    }
  }

  end(): void {
    this.#locks.releaseAll(this);
  }

  #put(name: TableName, row: AnyRow): AnyRow {
    const stored = deepFreeze(structuredClone(row));
    this.#change(name).set(row.id, stored);
    return stored;
  }

  #change(name: TableName): Map<string, AnyRow | null> {
    const changes = this.#changes.get(name) ?? new Map<string, AnyRow | null>();
    this.#changes.set(name, changes);
    return changes;
  }

  /** The key is locked first, so that of two transactions the second waits and then sees whether the first committed. */
  async #claimUnique(name: TableName, row: AnyRow, sets: readonly (readonly string[])[]): Promise<void> {
    for (const columns of sets) {
      const key = JSON.stringify(columns.map((column) => row[column]));
      await this.lock(`unique ${name} ${columns.join()} ${key}`);
      for (const other of this.scan(name)) {
        const same = columns.every((column) => other[column] === row[column]);
        if (same && (other.id !== row.id || columns[0] === 'id')) throw taken(name, columns);
      }
    }
  }

  #checkReferences(name: TableName, row: AnyRow): void {
    for (const { column, table } of REFERENCES[name] ?? []) {
      if (this.get(table, String(row[column])) !== null) continue;
      throw new PlatformError('not_found', `The ${column} of this row of ${name} does not exist (any more).`, {
        resource: table.slice(0, -1),
        params: { column },
      });
    }
  }
}

function uniqueColumns(name: TableName): readonly (readonly string[])[] {
  const all: { readonly [Name in TableName]?: readonly (readonly string[])[] } = UNIQUE_COLUMNS;
  return all[name] ?? [];
}

function* referencesTo(name: TableName): Iterable<[TableName, { column: string; onDelete: 'cascade' | 'refuse' }]> {
  for (const [child, references] of Object.entries(REFERENCES)) {
    for (const reference of references) if (reference.table === name) yield [child as TableName, reference];
  }
}

/** `params.column` is the column that tells rows of one app apart: the last of the set. */
function taken(name: TableName, columns: readonly string[]): PlatformError {
  const column = columns.at(-1)!;
  return new PlatformError('conflict', `There is already a row of ${name} with this ${column}.`, {
    params: { column },
  });
}

function deepFreeze<Value>(value: Value): Value {
  if (value !== null && typeof value === 'object' && !(value instanceof Date)) {
    for (const inner of Object.values(value)) deepFreeze(inner);
    Object.freeze(value);
  }
  return value;
}
