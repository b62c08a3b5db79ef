import { PlatformError } from '@jangada/platform-api';
import { Client, type ClientConfig, DatabaseError } from 'pg';
import { storeUnavailable } from './database-error.ts';

const HEARTBEAT_MS = 15_000;
const ANSWER_MS = 10_000;
const GOODBYE_MS = 2_000;

/** A connection outside the pool, for what belongs to a session: listening and session locks. */
export class DedicatedConnection implements AsyncDisposable {
  readonly client: Client;
  /** Aborts when the connection is gone, wanted or not; the reason is `store_unavailable`. */
  readonly lost: AbortSignal;
  readonly #lost = new AbortController();
  #heartbeat: NodeJS.Timeout | undefined;

  private constructor(client: Client) {
    this.client = client;
    this.lost = this.#lost.signal;
    const lose = (error?: Error): void => {
      clearInterval(this.#heartbeat);
      this.#lost.abort(storeUnavailable(error));
    };
    client.on('error', lose);
    client.on('end', () => lose());
  }

  /** Throws `store_unavailable`. */
  static async open(config: ClientConfig): Promise<DedicatedConnection> {
    const connection = new DedicatedConnection(new Client(config));
    try {
      await connection.client.connect();
    } catch (error) {
      await connection[Symbol.asyncDispose]();
      throw refusal(error);
    }
    return connection;
  }

  /** A peer that vanished without a word is noticed by asking now and then. Not while a query of ours may wait for long. */
  keepAsking(): void {
    this.#heartbeat = setInterval(() => {
      const question = { text: 'select 1', query_timeout: ANSWER_MS };
      this.client.query(question).catch((error: Error) => this.#lost.abort(storeUnavailable(error)));
    }, HEARTBEAT_MS);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.#heartbeat);
    const goodbye = AbortSignal.timeout(GOODBYE_MS);
    const gaveUp = new Promise<void>((resolve) => goodbye.addEventListener('abort', () => resolve(), { once: true }));
    await Promise.race([this.client.end().catch(() => undefined), gaveUp]);
  }
}

/** SQLSTATE classes and codes: wrong user or password, no such database. */
const REFUSED = /^(28|3D000)/;

/** The server's own words name the user or the database, and the system's the address, never the password. */
function refusal(error: unknown): PlatformError {
  if (error instanceof DatabaseError && REFUSED.test(error.code ?? '')) {
    const message = `The database refused us: ${error.message}. Check DATABASE_URL.`;
    return new PlatformError('store_unavailable', message, { cause: error });
  }
  // One for each address of a name.
  const first: unknown = error instanceof AggregateError ? error.errors[0] : error;
  const reason = first instanceof Error ? first.message : String(first);
  const message = `The database does not answer (${reason}). Start it, or correct DATABASE_URL. Nothing was lost.`;
  return new PlatformError('store_unavailable', message, { cause: error });
}
