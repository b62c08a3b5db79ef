import { HintQueue, type Rows, type Store, type StoreChannel, type Transaction } from '@jangada/core';
import { PlatformError } from '@jangada/platform-api';
import { Deadlock, Locks } from './memory-locks.ts';
import { Committed, MemorySession, type TableName } from './memory-session.ts';
import { memoryTable, type Run } from './memory-table.ts';
import { SAMPLE_ROWS } from './sample-rows.ts';

const ATTEMPTS = 5;

/** A Store that forgets everything with the process. Passes the same suite as the one on PostgreSQL. */
export function createMemoryStore(): Store {
  const committed = new Committed();
  const locks = new Locks();
  const listeners = new Set<{ channel: StoreChannel; queue: HintQueue }>();
  const turns = new Map<string, Promise<void>>();
  let closed = false;

  const attempt = async <Result>(work: (session: MemorySession) => Promise<Result>): Promise<Result> => {
    if (closed) throw new PlatformError('store_unavailable', 'The database is closed.');
    const session = new MemorySession(committed, locks);
    try {
      const result = await work(session);
      session.commit();
      for (const { channel, payload } of session.hints) {
        for (const listener of listeners) if (listener.channel === channel) listener.queue.push(payload);
      }
      return result;
    } finally {
      session.end();
    }
  };

  const retried = async <Result>(work: (session: MemorySession) => Promise<Result>): Promise<Result> => {
    for (let tries = 1; ; tries++) {
      try {
        return await attempt(work);
      } catch (error) {
        if (!(error instanceof Deadlock) || tries === ATTEMPTS) throw error;
      }
    }
  };

  return {
    rows: rowsOn(retried),

    transaction(work) {
      return retried(async (session) => {
        const statements = new Statements(session);
        try {
          return await work({
            ...rowsOn(statements.run),
            lock: (key) => statements.run(() => session.lock(`lock ${key}`)),
            notify: (channel, payload) => statements.run(async () => void session.hints.push({ channel, payload })),
          } satisfies Transaction);
        } finally {
          await statements.end();
        }
      });
    },

    listen(channel, signal, ready) {
      const listener = { channel, queue: new HintQueue() };
      const stop = (): void => {
        listeners.delete(listener);
        listener.queue.end();
      };
      if (closed || signal.aborted) stop();
      else {
        listeners.add(listener);
        signal.addEventListener('abort', stop, { once: true });
        queueMicrotask(() => ready?.());
      }
      return listener.queue;
    },

    async exclusively(name, signal, work) {
      const before = turns.get(name) ?? Promise.resolve();
      const mine = Promise.withResolvers<void>();
      turns.set(
        name,
        before.then(() => mine.promise),
      );
      try {
        await orAbort(before, signal);
        return await work(signal);
      } finally {
        mine.resolve();
      }
    },

    async close() {
      closed = true;
      for (const { queue } of listeners) queue.end();
    },
  };
}

/** The statements of one transaction run one after the other, as on one connection, and none after its end. */
class Statements {
  readonly #session: MemorySession;
  #last: Promise<unknown> = Promise.resolve();
  #ended = false;

  constructor(session: MemorySession) {
    this.#session = session;
  }

  run: Run = (statement) => {
    if (this.#ended)
      return Promise.reject(new Error('This transaction has ended; nothing can be done in it any more.'));
    const result = this.#last.then(() => statement(this.#session));
    this.#last = result.catch(() => undefined);
    return result;
  };

  async end(): Promise<void> {
    this.#ended = true;
    await this.#last;
  }
}

function rowsOn(run: Run): Rows {
  const tables = Object.keys(SAMPLE_ROWS).map((name) => [name, memoryTable(name as TableName, run)]);
  return Object.fromEntries(tables) as unknown as Rows;
}

function orAbort(promise: Promise<void>, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) return reject(signal.reason);
    const onAbort = (): void => reject(signal.reason);
    signal.addEventListener('abort', onAbort, { once: true });
    void promise.then(() => {
      signal.removeEventListener('abort', onAbort);
      resolve();
    });
  });
}
