import { type ListOptions, type Table, UNIQUE_COLUMNS } from '@jangada/core';
import { type ExpressionBuilder, type Kysely, type SqlBool, sql } from 'kysely';
import { type AnyRow, type Codec, snakeCase, type TableName } from './columns.ts';
import { translate } from './database-error.ts';

/** Names are checked by the port's types; SQL sees them as they come. */
export type AnyDatabase = Record<string, Record<string, unknown>>;
type Stored = Record<string, unknown>;

/** Where statements run: on the pool, or in a transaction. */
export interface Connection {
  readonly db: Kysely<AnyDatabase>;
  /** Runs one statement (or several that belong together) on its own. */
  alone<Result>(work: () => Promise<Result>): Promise<Result>;
  /** In a transaction a failed statement must not spoil the others: there it is wrapped in a savepoint. */
  readonly inTransaction: boolean;
}

const UNIQUE: { readonly [Name in TableName]?: readonly (readonly string[])[] } = UNIQUE_COLUMNS;

/** The one implementation of Table, for every kind of row. */
export function postgresTable(name: TableName, codec: Codec, connection: Connection): Table<AnyRow> {
  const table = snakeCase(name);
  const unique = new Set(UNIQUE[name]?.flat());
  const { db } = connection;

  const run = <Result>(work: () => Promise<Result>): Promise<Result> =>
    connection.alone(() =>
      work().catch((error: unknown) => {
        throw translate(error, name);
      }),
    );
  const recoverable = <Result>(work: () => Promise<Result>): Promise<Result> =>
    run(() => (connection.inTransaction ? withSavepoint(db, work) : work()));

  const select = async (where: object, options: ListOptions<AnyRow>): Promise<AnyRow[]> => {
    const { orderBy = 'id', direction = 'asc', limit, after } = options;
    const order = snakeCase(orderBy);
    let query = db.selectFrom(table).selectAll().where(conditions(where)).orderBy(order, direction);
    if (order !== 'id') query = query.orderBy('id', direction);
    if (after !== undefined) query = query.where(order, direction === 'asc' ? '>' : '<', after);
    if (limit !== undefined) query = query.limit(limit);
    return (await query.execute()).map((stored: Stored) => codec.decode(stored));
  };
  const get = async (id: string): Promise<AnyRow | null> => {
    const stored = await db.selectFrom(table).selectAll().where('id', '=', id).executeTakeFirst();
    return stored === undefined ? null : codec.decode(stored);
  };

  return {
    get: (id) => run(() => get(id)),

    find: (where) => run(async () => (await select(where, { limit: 1 }))[0] ?? null),

    list: (where = {}, options = {}) => run(() => select(where, options)),

    count: (where = {}) =>
      run(async () => {
        const counted = db.selectFrom(table).select((eb) => eb.fn.countAll().as('count'));
        return Number((await counted.where(conditions(where)).executeTakeFirstOrThrow())['count']);
      }),

    insert: (row) =>
      recoverable(async () => {
        const inserting = db.insertInto(table).values(codec.encode(row.id, row)).returningAll();
        return codec.decode(await inserting.executeTakeFirstOrThrow());
      }),

    update(id, change) {
      const members = codec.encode(id, { ...change, id: undefined });
      if (Object.keys(members).length === 0) return run(() => get(id));
      const touchesUnique = Object.keys(change).some((member) => unique.has(member));
      return (touchesUnique ? recoverable : run)(async () => {
        const updating = db.updateTable(table).set(members).where('id', '=', id).returningAll();
        const stored = await updating.executeTakeFirst();
        return stored === undefined ? null : codec.decode(stored);
      });
    },

    delete: (id) =>
      run(async () => {
        const deleted = await db.deleteFrom(table).where('id', '=', id).executeTakeFirst();
        return deleted.numDeletedRows > 0n;
      }),
  };
}

function conditions(where: object): (eb: ExpressionBuilder<AnyDatabase, string>) => ReturnType<typeof eb.and> {
  return (eb) =>
    eb.and(
      Object.entries(where).map(([member, wanted]: [string, unknown]) => {
        const column = snakeCase(member);
        const values: unknown[] = Array.isArray(wanted) ? wanted : [wanted];
        for (const value of values) checkPlain(member, value);
        const some = values.filter((value) => value !== null);
        const either = [
          ...(some.length > 0 ? [eb(column, 'in', some)] : []),
          ...(some.length < values.length ? [eb(column, 'is', null)] : []),
        ];
        return either.length > 0 ? eb.or(either) : sql<SqlBool>`false`;
      }),
    );
}

function checkPlain(member: string, value: unknown): void {
  if (value === undefined) throw new TypeError(`The condition on "${member}" is undefined; use null for SQL null.`);
  if (value !== null && typeof value === 'object' && !(value instanceof Date)) {
    throw new TypeError(`The condition on "${member}" is not a plain value.`);
  }
}

async function withSavepoint<Result>(db: Kysely<AnyDatabase>, work: () => Promise<Result>): Promise<Result> {
  await sql`savepoint statement`.execute(db);
  try {
    const result = await work();
    await sql`release savepoint statement`.execute(db);
    return result;
  } catch (error) {
    await sql`rollback to savepoint statement`.execute(db).catch(() => undefined);
    throw error;
  }
}
