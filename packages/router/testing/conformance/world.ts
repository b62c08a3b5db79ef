import type { Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import type { AppRoute, RouteDyno } from '@jangada/core';
import { routeOf } from '../app-route.ts';
import { type DynoServer, startRawDyno } from '../dyno-server.ts';
import { Lines } from '../lines.ts';
import { type RealRouter, startRealRouter } from '../real-router.ts';
import { RawClient } from './raw-client.ts';

/** Limits short enough to be met in a test, and long enough that a busy machine meets none by itself. */
export const LIMITS = {
  connectMs: 1_000,
  firstByteMs: 1_500,
  idleMs: 2_000,
  holdMs: 3_000,
  queueMs: 300,
  requestsPerDyno: 2,
  quarantineMs: 3_000,
};

/** A dyno of raw bytes. */
export interface ScriptedDyno {
  readonly dyno: RouteDyno;
  /** Requests so far, head and body as they came. */
  readonly requests: readonly string[];
  /** Connections so far. */
  connections(): number;
}

/** What a dyno does with a whole request: answers with bytes, or does as it likes with the socket. */
export type Script = string | ((request: string, socket: Socket) => void);

/** One router with a real HAProxy, shared by all cases; each case has hosts of its own. */
export interface World {
  readonly lines: Lines;
  readonly router: RealRouter['router'];
  /** A dyno that reads each request to its end and then follows the script. */
  dyno(script: Script): Promise<ScriptedDyno>;
  /** A dyno that is given each connection as it comes. */
  rawDyno(onConnection: (socket: Socket) => void): Promise<RouteDyno>;
  /** An app of its own at a new host. */
  app(part: Partial<AppRoute>): Promise<AppRoute>;
  /** Resolves when so many requests of an app wait for a dyno. */
  held(appId: string, count: number): Promise<void>;
  /** An app with one scripted dyno. */
  serving(script: Script): Promise<ScriptedDyno & { readonly host: string }>;
  /** A connection to the router. */
  connect(): Promise<RawClient>;
  /** Sends these bytes on a new connection and gives everything that comes until the router closes it. */
  send(bytes: string): Promise<string>;
  close(): Promise<void>;
}

export async function startWorld(): Promise<World> {
  const real = await startRealRouter({ limits: LIMITS, poolSize: 120 });
  const lines = new Lines(real.router);
  const servers: DynoServer[] = [];
  let apps = 0;
  const start = async (onConnection: (socket: Socket) => void): Promise<DynoServer> => {
    const server = await startRawDyno(`dyno-${servers.length}`, 'web.1', onConnection);
    servers.push(server);
    return server;
  };
  const world: World = {
    lines,
    router: real.router,
    async dyno(script) {
      const requests: string[] = [];
      const server = await start((socket) => readRequests(socket, requests, script));
      return { dyno: server.dyno, requests, connections: () => server.requests() };
    },
    async rawDyno(onConnection) {
      return (await start(onConnection)).dyno;
    },
    async app(part) {
      apps += 1;
      const route = routeOf({ appId: `case-${apps}`, hosts: [`case-${apps}.test`], ...part });
      await real.router.put(route);
      return route;
    },
    async held(appId, count) {
      const waits = async (): Promise<boolean> =>
        (await real.router.loads()).some((load) => load.appId === appId && load.queued === count);
      while (!(await waits())) await delay(5);
    },
    async serving(script) {
      const dyno = await world.dyno(script);
      const { hosts } = await world.app({ dynos: [dyno.dyno] });
      return { ...dyno, host: hosts[0]! };
    },
    connect: () => RawClient.connect(real.port),
    async send(bytes) {
      const client = await world.connect();
      client.write(bytes);
      return client.all();
    },
    async close() {
      lines.stop();
      await real.close();
      await Promise.all(servers.map((server) => server.close()));
    },
  };
  return world;
}

function readRequests(socket: Socket, requests: string[], script: Script): void {
  let rest = '';
  socket.on('data', (chunk) => {
    rest += chunk.toString('latin1');
    for (let length = requestLength(rest); length !== null; length = requestLength(rest)) {
      const request = rest.slice(0, length);
      rest = rest.slice(length);
      requests.push(request);
      if (typeof script === 'string') socket.write(script, 'latin1');
      else script(request, socket);
    }
  });
}

/** Bytes of the first whole request; null while it is not all there. */
function requestLength(text: string): number | null {
  const head = text.indexOf('\r\n\r\n');
  if (head < 0) return null;
  const headers = text.slice(0, head).toLowerCase();
  if (headers.includes('transfer-encoding: chunked')) {
    const end = text.indexOf('0\r\n', head);
    const done = end < 0 ? -1 : text.indexOf('\r\n\r\n', end);
    return done < 0 ? null : done + 4;
  }
  const total = head + 4 + Number(/\r\ncontent-length: (\d+)/.exec(headers)?.[1] ?? 0);
  return text.length < total ? null : total;
}
