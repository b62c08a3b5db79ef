import { createConnection, type Socket } from 'node:net';
import type { RouteDyno } from '@jangada/core';

/** An open connection to a dyno. */
export interface Dialled {
  readonly socket: Socket;
  readonly dyno: RouteDyno;
  readonly connectMs: number;
}

/** No dyno could be reached; the last one that was tried. */
export interface Unreached {
  readonly code: 'H19' | 'H21';
  readonly dyno: RouteDyno;
  readonly connectMs: number;
}

/** Dynos that one request tries at most (behaviour 2.1). */
const MAX_ATTEMPTS = 10;

/** Tries the dynos in random order, each once. Null when there are none; `failed` hears of each that could not be reached. */
export async function dial(
  dynos: readonly RouteDyno[],
  timeoutMs: number,
  failed: (dynoId: string) => void,
): Promise<Dialled | Unreached | null> {
  let last: Unreached | null = null;
  for (const dyno of shuffled(dynos).slice(0, MAX_ATTEMPTS)) {
    const started = performance.now();
    const socket = await connect(dyno, timeoutMs);
    const connectMs = Math.round(performance.now() - started);
    if (typeof socket !== 'string') return { socket, dyno, connectMs };
    failed(dyno.dynoId);
    last = { code: socket, dyno, connectMs };
  }
  return last;
}

function connect(dyno: RouteDyno, connectMs: number): Promise<Socket | Unreached['code']> {
  return new Promise((resolve) => {
    const socket = createConnection({ host: dyno.address, port: dyno.port, noDelay: true });
    const fail = (failure: Unreached['code']): void => {
      socket.destroy();
      resolve(failure);
    };
    const timer = setTimeout(fail, connectMs, 'H19');
    socket.once('error', () => fail('H21'));
    socket.once('close', () => clearTimeout(timer));
    socket.once('connect', () => {
      clearTimeout(timer);
      socket.removeAllListeners('error');
      resolve(socket);
    });
  });
}

function shuffled<T>(items: readonly T[]): T[] {
  return items
    .map((item) => ({ item, at: Math.random() }))
    .sort((a, b) => a.at - b.at)
    .map(({ item }) => item);
}
