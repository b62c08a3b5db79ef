import { HintQueue, type Rows, type Store, type StoreChannel, type Transaction, Turns } from '@jangada/core';
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
  const queues = new Map<string, Promise<void>>();
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
        const turns = new Turns();
        const run: Run = (statement) => turns.take(() => statement(session));
        try {
          return await work({
            ...rowsOn(run),
            lock: (key) => run(() => session.lock(`lock ${key}`)),
            notify: (channel, payload) => run(async () => void session.hints.push({ channel, payload })),
          } satisfies Transaction);
        } finally {
          await turns.end();
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
      const before = queues.get(name) ?? Promise.resolve();
      const mine = Promise.withResolvers<void>();
      queues.set(
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
