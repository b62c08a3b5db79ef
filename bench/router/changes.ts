import { once } from 'node:events';
import { type Agent, createServer, Agent as HttpAgent, request as httpRequest } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import type { AppRoute, RouteDyno } from '@jangada/core';
import type { Router } from '@jangada/router';
import { boundRow, type Row } from '../measure.ts';
import { acceptWebSockets, staysOpen } from './web-sockets.ts';

const RELEASES = 50;
const CHANGES = 60;
const CHANGE_PAUSE_MS = 50;
const CLIENT_PAUSE_MS = 2;

const plural = (what: string) => (count: number) => `${count} ${what}`;
const milliseconds = (ms: number): string => `${ms.toFixed(1)} ms`;

/** Releases one after the other under constant load: keep-alive, one-shot, slow uploads, and WebSockets that are told to go. */
export async function releasesUnderLoad(router: Router, port: number): Promise<Row> {
  const host = 'released.apps.test';
  const load = new ConstantLoad(port, host);
  let current = await startDyno('release-0');
  const routeTo = (dynos: readonly RouteDyno[]): Promise<void> => router.put(route('released', host, dynos));
  await routeTo([current.dyno]);
  load.start({ webSockets: true });
  for (let count = 1; count <= RELEASES; count++) {
    const [old, next] = [current, await startDyno(`release-${count}`)];
    await routeTo([next.dyno, { ...old.dyno, state: 'draining' }]);
    old.tellToGo();
    while ((await router.inFlight('released'))[old.dyno.dynoId]) await delay(5);
    await routeTo([next.dyno]);
    await old.close();
    current = next;
  }
  const { failed, total } = await load.stop();
  await router.remove('released');
  await current.close();
  return boundRow(`failed requests of ${total} during ${RELEASES} releases`, failed, 0, plural('failed'));
}

/** A host moves between two apps, twenty times a second, under load: nothing fails, and each move is soon seen. */
export async function routeChanges(router: Router, port: number): Promise<readonly Row[]> {
  const host = 'moving.apps.test';
  const sides = [await startDyno('left'), await startDyno('right')] as const;
  const load = new ConstantLoad(port, host);
  const delays: number[] = [];
  await router.put(route('moving', host, [sides[0].dyno]));
  load.start();
  for (let count = 1; count <= CHANGES; count++) {
    const begun = performance.now();
    const side = sides[count % 2]!;
    // Resolves when the change is also on disk; requests may follow it before that.
    const kept = router.put(route('moving', host, [side.dyno]));
    while ((await ask(port, host)).body !== side.dyno.dynoId) await delay(1);
    delays.push(performance.now() - begun);
    await kept;
    await delay(Math.max(0, CHANGE_PAUSE_MS - (performance.now() - begun)));
  }
  const { failed, total } = await load.stop();
  await router.remove('moving');
  for (const side of sides) await side.close();
  const p95 = delays.sort((a, b) => a - b)[Math.floor(delays.length * 0.95)]!;
  return [
    boundRow(`failed requests of ${total} during ${CHANGES} route changes, 20 a second`, failed, 0, plural('failed')),
    boundRow('route change until a new request follows it (p95)', p95, 50, milliseconds),
  ];
}

/**
 * Clients that hardly pause: two keep their connection, two open one for each request, two upload slowly, two stay on a
 * WebSocket if asked for.
 */
class ConstantLoad {
  readonly #port: number;
  readonly #host: string;
  readonly #stop = new AbortController();
  readonly #clients: Promise<void>[] = [];
  readonly #count = { failed: 0, total: 0 };

  constructor(port: number, host: string) {
    this.#port = port;
    this.#host = host;
  }

  start({ webSockets = false } = {}): void {
    const kept = new HttpAgent({ keepAlive: true, maxSockets: 2 });
    for (const client of [0, 1]) {
      this.#clients.push(this.#repeat(() => ask(this.#port, this.#host, { agent: kept })));
      this.#clients.push(this.#repeat(() => ask(this.#port, this.#host)));
      this.#clients.push(this.#repeat(() => ask(this.#port, this.#host, { upload: 20 + 10 * client })));
      if (webSockets) this.#clients.push(this.#repeat(() => staysOpen(this.#port, this.#host, this.#stop.signal)));
    }
    this.#stop.signal.addEventListener('abort', () => kept.destroy());
  }

  async stop(): Promise<{ readonly failed: number; readonly total: number }> {
    await delay(100);
    this.#stop.abort();
    await Promise.all(this.#clients);
    return this.#count;
  }

  async #repeat(once: () => Promise<{ status: number }>): Promise<void> {
    while (!this.#stop.signal.aborted) {
      const status = await once().then(
        (answer) => answer.status,
        () => 0,
      );
      if (this.#stop.signal.aborted) return;
      this.#count.total += 1;
      if (status !== 200) this.#count.failed += 1;
      // They run in this process: without a pause they would measure it.
      await delay(CLIENT_PAUSE_MS);
    }
  }
}

function ask(
  port: number,
  host: string,
  { agent, upload = 0 }: { agent?: Agent; upload?: number } = {},
): Promise<{ status: number; body: string }> {
  return new Promise((resolve, reject) => {
    const method = upload > 0 ? 'POST' : 'GET';
    const request = httpRequest(
      { host: '127.0.0.1', port, method, headers: { host }, agent: agent ?? false },
      (response) => {
        let body = '';
        response.on('data', (chunk) => {
          body += chunk;
        });
        response.on('error', reject);
        response.on('end', () => resolve({ status: response.statusCode ?? 0, body }));
      },
    );
    request.on('error', reject);
    void (async () => {
      for (let piece = 0; piece < upload; piece++) {
        request.write('x'.repeat(1_000));
        await delay(5);
      }
      request.end();
    })();
  });
}

interface BenchDyno {
  readonly dyno: RouteDyno;
  tellToGo(): void;
  close(): Promise<void>;
}

async function startDyno(dynoId: string): Promise<BenchDyno> {
  const server = createServer((request, response) => {
    request.resume();
    request.on('end', () => response.end(dynoId));
  }).listen(0, '127.0.0.1');
  const tellToGo = acceptWebSockets(server);
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' && address ? address.port : 0;
  return {
    dyno: { dynoId, name: 'web.1', address: '127.0.0.1', port, state: 'up' },
    tellToGo,
    async close() {
      const closed = once(server, 'close');
      server.close();
      server.closeIdleConnections();
      await closed;
    },
  };
}

export function route(
  appId: string,
  host: string,
  dynos: readonly RouteDyno[],
  more: readonly string[] = [],
): AppRoute {
  return {
    appId,
    appName: appId,
    hosts: [host, ...more],
    state: 'serving',
    maintenance: false,
    dynos,
    errorPageUrl: null,
    maintenancePageUrl: null,
    sessionAffinity: false,
  };
}
