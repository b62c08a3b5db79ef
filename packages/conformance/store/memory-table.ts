import type { ListOptions, Table } from '@jangada/core';
import type { AnyRow, MemorySession, TableName } from './memory-session.ts';

/** Runs one statement in a session: the transaction's, or one of its own that commits at once. */
export type Run = <Result>(statement: (session: MemorySession) => Promise<Result>) => Promise<Result>;

/** One table of the memory store. */
export function memoryTable(name: TableName, run: Run): Table<AnyRow> {
  const select = (session: MemorySession, where: object, options: ListOptions<AnyRow> = {}): AnyRow[] =>
    slice(
      [...session.scan(name)].filter((row) => matches(row, where)),
      options,
    );
  return {
    get: (id) => run(async (session) => session.get(name, id)),
    find: (where) => run(async (session) => select(session, where, { limit: 1 })[0] ?? null),
    list: (where = {}, options = {}) => run(async (session) => select(session, where, options)),
    count: (where = {}) => run(async (session) => select(session, where).length),
    insert: (row) => run((session) => session.insert(name, row)),
    update: (id, change) => run((session) => session.update(name, id, change)),
    delete: (id) => run((session) => session.delete(name, id)),
  };
}

function matches(row: AnyRow, where: object): boolean {
  return Object.entries(where).every(([column, wanted]: [string, unknown]) =>
    (Array.isArray(wanted) ? wanted : [wanted]).some((value: unknown) => {
      if (value === undefined) throw new TypeError(`The condition on "${column}" is undefined; use null for SQL null.`);
      if (value !== null && typeof value === 'object' && !(value instanceof Date)) {
        throw new TypeError(`The condition on "${column}" is not a plain value.`);
      }
      return plain(row[column]) === plain(value);
    }),
  );
}

function slice(rows: AnyRow[], { orderBy = 'id', direction = 'asc', limit, after }: ListOptions<AnyRow>): AnyRow[] {
  const sign = direction === 'asc' ? 1 : -1;
  return rows
    .filter((row) => after === undefined || (row[orderBy] !== null && sign * compare(row[orderBy], after) > 0))
    .sort((a, b) => sign * (compare(a[orderBy], b[orderBy]) || compare(a.id, b.id)))
    .slice(0, limit);
}

/** As PostgreSQL sorts: null counts as larger than everything. */
function compare(a: unknown, b: unknown): number {
  const [left, right] = [plain(a), plain(b)];
  if (left === right) return 0;
  if (left === null || right === null) return left === null ? 1 : -1;
  return (left as number) < (right as number) ? -1 : 1;
}

function plain(value: unknown): unknown {
  return value instanceof Date ? value.getTime() : value;
}
