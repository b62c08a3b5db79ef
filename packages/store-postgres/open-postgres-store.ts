import { setTimeout as delay } from 'node:timers/promises';
import { type Rows, type Store, type StoreChannel, type Transaction, Turns } from '@jangada/core';
import { PlatformError } from '@jangada/platform-api';
import { Kysely, PostgresDialect, type RawBuilder, sql } from 'kysely';
import { Client, type ClientConfig, type CustomTypesConfig, Pool, types } from 'pg';
import { advisoryKey } from './advisory-key.ts';
import { codecOf, TABLE_NAMES } from './columns.ts';
import { isRetryable, storeUnavailable, translate } from './database-error.ts';
import { DedicatedConnection } from './dedicated-connection.ts';
import { exclusively } from './exclusive.ts';
import { CHANNELS, Listening } from './listening.ts';
import { migrate, readMigrations } from './migrate.ts';
import { createSealer, type Sealer } from './sealer.ts';
import { type AnyDatabase, type Connection, postgresTable } from './table.ts';

export interface PostgresStoreOptions {
  /** `postgres://user:password@host:port/database`, or with `?host=/folder` for a unix socket. */
  readonly databaseUrl: string;
  /** 32 bytes. */
  readonly masterKey: Buffer;
  /** A pooled connection that was not used for so many milliseconds is closed. Default 10,000. */
  readonly idleMs?: number;
  /** The process's own log. */
  report(event: string, detail?: Readonly<Record<string, unknown>>): void;
}

/** Every connection is a process of the database server with memory of its own, so they are few and do not stay. */
const MOST_CONNECTIONS = 8;
const IDLE_MS = 10_000;
/** Also the longest wait for one of them. */
const CONNECT_MS = 15_000;
const ATTEMPTS = 6;

/**
 * Opens the store and brings its tables up to date. Throws `store_unavailable` when the database is away, was made by a newer
 * version, or holds what another master key sealed.
 */
export async function openPostgresStore(options: PostgresStoreOptions): Promise<Store> {
  const sealer = createSealer(options.masterKey);
  checkUrl(options.databaseUrl);
  const config: ClientConfig = {
    connectionString: options.databaseUrl,
    application_name: 'jangada',
    connectionTimeoutMillis: CONNECT_MS,
    keepAlive: true,
    types: { getTypeParser: parserOf },
  };
  await prepare(config, sealer, options.report);
  return new PostgresStore(config, sealer, options);
}

async function prepare(config: ClientConfig, sealer: Sealer, report: PostgresStoreOptions['report']): Promise<void> {
  await using connection = await DedicatedConnection.open(config);
  try {
    const ran = await migrate(connection.client, await readMigrations(new URL('./migrations/', import.meta.url)));
    if (ran.length > 0) report('store.migrated', { migrations: ran });
    await checkKey(connection.client, sealer);
  } catch (error) {
    const translated = translate(error);
    if (translated instanceof PlatformError) throw translated;
    throw new PlatformError(
      'store_unavailable',
      `The tables of the database could not be prepared: ${error instanceof Error ? error.message : error}. The database's user must own it.`,
      { cause: error },
    );
  }
}

/** Tried here, because the error of the driver would show the password. */
function checkUrl(databaseUrl: string): void {
  try {
    new Client({ connectionString: databaseUrl });
  } catch {
    throw new PlatformError(
      'invalid_params',
      'DATABASE_URL must look like postgres://user:password@host:5432/database, with special characters %-encoded.',
    );
  }
}

/** The first key is remembered; a start with another one would fail later, at the first release that is read. */
async function checkKey(client: Client, sealer: Sealer): Promise<void> {
  await client.query(
    'insert into sealing_keys (key_id) select $1 where not exists (select from sealing_keys) on conflict do nothing',
    [sealer.keyId],
  );
  const known = await client.query('select from sealing_keys where key_id = $1', [sealer.keyId]);
  if (known.rowCount === 0) {
    throw new PlatformError(
      'store_unavailable',
      'The config vars in this database were sealed with another master key. Restore the key file that belongs to this database.',
    );
  }
}

class PostgresStore implements Store {
  readonly rows: Rows;
  readonly #config: ClientConfig;
  readonly #sealer: Sealer;
  readonly #pool: Pool;
  readonly #db: Kysely<AnyDatabase>;
  readonly #listening: Listening;
  readonly #dedicated = new Set<DedicatedConnection>();
  #closing: Promise<void> | null = null;

  constructor(config: ClientConfig, sealer: Sealer, { report, idleMs = IDLE_MS }: PostgresStoreOptions) {
    this.#config = config;
    this.#sealer = sealer;
    this.#pool = new Pool({ ...config, max: MOST_CONNECTIONS, min: 0, idleTimeoutMillis: idleMs });
    // Also of a connection that is in use and waits for no answer: without a listener its end would end the process.
    this.#pool.on('connect', (client) => {
      client.on('error', (error) => report('store.connection_lost', { error: error.message }));
    });
    this.#pool.on('error', () => undefined);
    this.#db = new Kysely<AnyDatabase>({ dialect: new PostgresDialect({ pool: this.#pool }) });
    this.rows = this.#rowsOn({ db: this.#db, alone: (work) => work(), inTransaction: false });
    this.#listening = new Listening(
      () => this.#open(),
      (error) => report('store.listening_interrupted', { error: String(error) }),
    );
  }

  async transaction<Result>(work: (tx: Transaction) => Promise<Result>): Promise<Result> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.#attempt(work);
      } catch (error) {
        if (!isRetryable(error) || attempt === ATTEMPTS) throw error;
        await delay(Math.random() * 20 * attempt);
      }
    }
  }

  /** Read committed, PostgreSQL's default: whoever changes what they read takes a lock first, as the port says. */
  async #attempt<Result>(work: (tx: Transaction) => Promise<Result>): Promise<Result> {
    let failure: { readonly error: unknown } | null = null;
    try {
      return await this.#db.transaction().execute(async (db) => {
        const turns = new Turns();
        try {
          return await work(this.#transactionOn(db, turns));
        } catch (error) {
          failure = { error };
          throw error;
        } finally {
          await turns.end();
        }
      });
    } catch (error) {
      // What the work threw is the caller's own; what begin and commit throw is the database's.
      throw failure === null ? translate(error) : (failure as { error: unknown }).error;
    }
  }

  #transactionOn(db: Kysely<AnyDatabase>, turns: Turns): Transaction {
    const alone: Connection['alone'] = (statement) => turns.take(statement);
    return {
      ...this.#rowsOn({ db, alone, inTransaction: true }),
      lock: (key) => alone(() => run(sql`select pg_advisory_xact_lock(${advisoryKey(`lock ${key}`)})`, db)),
      notify: (channel, payload) => alone(() => run(sql`select pg_notify(${CHANNELS[channel]}, ${payload})`, db)),
    };
  }

  listen(channel: StoreChannel, signal: AbortSignal, ready?: () => void): AsyncIterable<string> {
    return this.#listening.listen(channel, signal, ready);
  }

  exclusively<Result>(
    name: string,
    signal: AbortSignal,
    work: (held: AbortSignal) => Promise<Result>,
  ): Promise<Result> {
    const cancel = (backend: number): Promise<unknown> => this.#pool.query('select pg_cancel_backend($1)', [backend]);
    return exclusively(() => this.#open(), cancel, name, signal, work);
  }

  close(): Promise<void> {
    this.#closing ??= (async () => {
      this.#listening.close();
      await Promise.all([...this.#dedicated].map((connection) => connection[Symbol.asyncDispose]()));
      await this.#pool.end();
    })();
    return this.#closing;
  }

  async #open(): Promise<DedicatedConnection> {
    if (this.#closing !== null) throw storeUnavailable(new Error('The store is closed.'));
    const connection = await DedicatedConnection.open(this.#config);
    this.#dedicated.add(connection);
    connection.lost.addEventListener('abort', () => this.#dedicated.delete(connection), { once: true });
    return connection;
  }

  #rowsOn(connection: Connection): Rows {
    const tables = TABLE_NAMES.map((name) => [name, postgresTable(name, codecOf(name, this.#sealer), connection)]);
    return Object.fromEntries(tables) as unknown as Rows;
  }
}

async function run(statement: RawBuilder<unknown>, db: Kysely<AnyDatabase>): Promise<void> {
  try {
    await statement.execute(db);
  } catch (error) {
    throw translate(error);
  }
}

const BIGINT: number = types.builtins.INT8;

/** Sizes in bytes are bigint in SQL and fit a number. */
const parserOf: CustomTypesConfig['getTypeParser'] = (oid: number, format?: 'text' | 'binary') =>
  oid === BIGINT ? Number : types.getTypeParser(oid, format as 'text');
