import { createConnection, type Socket } from 'node:net';
import type { RouteDyno } from '@jangada/core';

/** An open connection to a dyno. */
export interface Dialled {
  readonly socket: Socket;
  readonly dyno: RouteDyno;
  readonly connectMs: number;
}

export type DialFailure = 'H19' | 'H21';

/** Tries the dynos in random order, each once (behaviour 2.1). The failure of the last one tells the code. */
export async function dial(dynos: readonly RouteDyno[], connectMs: number): Promise<Dialled | DialFailure> {
  let failure: DialFailure = 'H21';
  for (const dyno of shuffled(dynos)) {
    const started = performance.now();
    const socket = await connect(dyno, connectMs);
    if (typeof socket !== 'string') return { socket, dyno, connectMs: Math.round(performance.now() - started) };
    failure = socket;
  }
  return failure;
}

function connect(dyno: RouteDyno, connectMs: number): Promise<Socket | DialFailure> {
  return new Promise((resolve) => {
    const socket = createConnection({ host: dyno.address, port: dyno.port, noDelay: true });
    const fail = (failure: DialFailure): void => {
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
