import { advisoryKey } from './advisory-key.ts';
import { translate } from './database-error.ts';
import type { DedicatedConnection } from './dedicated-connection.ts';

/** How long work that no longer holds its lock may take to end before its caller is told anyway. */
const GRACE_MS = 5_000;

/**
 * Holds the session lock `name` on a connection of its own while `work` runs. The database frees the lock when the connection
 * ends, however it ends. `cancel` stops the statement that a backend (by process id) runs.
 */
export async function exclusively<Result>(
  open: () => Promise<DedicatedConnection>,
  cancel: (backend: number) => Promise<unknown>,
  name: string,
  signal: AbortSignal,
  work: (held: AbortSignal) => Promise<Result>,
): Promise<Result> {
  signal.throwIfAborted();
  await using connection = await open();
  await acquire(connection, cancel, name, signal);
  signal.throwIfAborted();
  connection.keepAsking();
  return await hold(connection.lost, signal, work);
}

async function acquire(
  { client }: DedicatedConnection,
  cancel: (backend: number) => Promise<unknown>,
  name: string,
  signal: AbortSignal,
): Promise<void> {
  const backend = (await client.query<{ pid: number }>('select pg_backend_pid() as pid')).rows[0]!.pid;
  signal.throwIfAborted();
  const giveUp = (): void => void cancel(backend).catch(() => client.end());
  signal.addEventListener('abort', giveUp, { once: true });
  try {
    await client.query('select pg_advisory_lock($1)', [advisoryKey(`exclusive ${name}`)]);
  } catch (error) {
    signal.throwIfAborted();
    throw translate(error);
  } finally {
    signal.removeEventListener('abort', giveUp);
  }
}

async function hold<Result>(
  lost: AbortSignal,
  signal: AbortSignal,
  work: (held: AbortSignal) => Promise<Result>,
): Promise<Result> {
  let grace: NodeJS.Timeout | undefined;
  const gaveUp = Promise.withResolvers<never>();
  const onLost = (): void => {
    grace = setTimeout(() => gaveUp.reject(lost.reason), GRACE_MS);
  };
  lost.addEventListener('abort', onLost, { once: true });
  try {
    const result = await Promise.race([work(AbortSignal.any([signal, lost])), gaveUp.promise]);
    lost.throwIfAborted();
    return result;
  } catch (error) {
    lost.throwIfAborted();
    throw error;
  } finally {
    lost.removeEventListener('abort', onLost);
    clearTimeout(grace);
  }
}
