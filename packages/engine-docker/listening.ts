import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';

/** State code of a listening socket in `/proc/net/tcp`. */
const LISTEN = '0A';

/** While a dyno boots every ms counts; one that takes long is looked at less often. */
const PACE = [
  { untilMs: 1_000, everyMs: 3 },
  { untilMs: 10_000, everyMs: 10 },
  { untilMs: 120_000, everyMs: 100 },
  { untilMs: Number.POSITIVE_INFINITY, everyMs: 1_000 },
] as const;

/**
 * Whether a text of `/proc/<pid>/net/tcp` or `tcp6` shows a listener on `port` that the router can reach. A process that
 * binds only the loopback address is not there for anybody outside its dyno.
 */
export function showsListener(procNetTcp: string, port: number): boolean {
  const suffix = `:${port.toString(16).toUpperCase().padStart(4, '0')}`;
  return procNetTcp.split('\n').some((line) => {
    const [, local = '', , state] = line.trim().split(/\s+/);
    return state === LISTEN && local.endsWith(suffix) && !isLoopback(local.slice(0, -suffix.length));
  });
}

/** Addresses are hex words in the byte order of the machine (little-endian everywhere we run). */
function isLoopback(address: string): boolean {
  if (address.length === 8) return address.endsWith('7F');
  if (address === '00000000000000000000000001000000') return true;
  return address.startsWith('0000000000000000FFFF0000') && address.endsWith('7F');
}

/**
 * Resolves true once a process in the network namespace of `pid` listens on `port`, false when the process is gone or the
 * signal aborts. Reads the kernel's socket table, so the app never sees a connection that is not a request.
 */
export async function untilListening(pid: number, port: number, signal: AbortSignal): Promise<boolean> {
  const begun = performance.now();
  while (!signal.aborted) {
    const tables = await Promise.all(
      ['tcp', 'tcp6'].map((name) => readFile(`/proc/${pid}/net/${name}`, 'utf8').catch(() => null)),
    );
    if (tables[0] === null) return false;
    if (tables.some((table) => table !== null && showsListener(table, port))) return true;
    const waited = performance.now() - begun;
    const pace = PACE.find((step) => waited < step.untilMs)!.everyMs;
    await sleep(pace, undefined, { signal }).catch(() => undefined);
  }
  return false;
}
