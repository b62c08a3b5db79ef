import { chmod } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse, STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import type { AppRoute } from '@jangada/core';
import { type RouterNote, writeNote } from '../access-log/entry.ts';
import type { HCodeName } from '../access-log/h-codes.ts';
import { limitsOf, type RouterLimits } from '../limits.ts';
import { listenOn } from '../listen.ts';
import { decide } from './decide.ts';
import { type Dialled, dial, type Unreached } from './dial.ts';
import { type ForwardFailure, forward, forwardUpgrade } from './forward.ts';
import { Holds } from './holds.ts';
import { noSuchAppPage, type Page, pageOf } from './pages.ts';
import { Quarantine } from './quarantine.ts';
import { WakeCalls } from './wake-calls.ts';

export interface BackupServerOptions {
  readonly limits: RouterLimits;
  /** The app at a host (lower case, no port), as it is now. */
  readonly find: (host: string) => AppRoute | undefined;
  readonly report: (event: string, detail?: Readonly<Record<string, unknown>>) => void;
}

/** How one request gets its answer: the same story for plain requests and for upgrades. */
interface Exchange {
  readonly request: IncomingMessage;
  readonly gone: AbortSignal;
  page(page: Page, note: RouterNote | null): void;
  forward(to: Dialled, limits: RouterLimits): Promise<ForwardFailure>;
}

/** The Node side behind HAProxy: holds, wakes, forwards, or answers with a page, whatever the app's route asks for. */
export class BackupServer {
  readonly #options: BackupServerOptions;
  readonly #server: Server;
  readonly #wakes = new WakeCalls();
  readonly #holds = new Holds();
  readonly #forwarding = new Map<string, number>();
  readonly #quarantine: Quarantine;

  constructor(options: BackupServerOptions) {
    this.#options = options;
    this.#quarantine = new Quarantine(options.limits.quarantineMs);
    this.#server = createServer(
      { maxHeaderSize: 65_536, requestTimeout: 0, keepAliveTimeout: 120_000 },
      (request, response) => {
        void this.#take(plainExchange(request, response));
      },
    );
    this.#server.on('upgrade', (request, socket, first) => {
      void this.#take(upgradeExchange(request, socket, first));
    });
  }

  async listen(path: string): Promise<void> {
    await listenOn(this.#server, path);
    await chmod(path, 0o600);
  }

  async close(): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve));
    this.#server.closeAllConnections();
    await closed;
  }

  /** The app's route changed. */
  changed(appId: string): void {
    this.#holds.changed(appId);
  }

  wakes(signal: AbortSignal): AsyncIterable<string> {
    return this.#wakes.calls(signal);
  }

  /** Requests that this side has open on a dyno. */
  requestsOn(dynoId: string): number {
    return this.#forwarding.get(dynoId) ?? 0;
  }

  /** Requests of an app that wait here for a dyno. */
  heldFor(appId: string): number {
    return this.#holds.waitingFor(appId);
  }

  /** Whatever goes wrong in an exchange ends that one only. */
  async #take(exchange: Exchange): Promise<void> {
    try {
      await this.#answer(exchange);
    } catch (error) {
      this.#options.report('request_failed', { host: hostOf(exchange.request), error: String(error) });
      sendPage(exchange, 'H99', null, null);
    }
  }

  async #answer(exchange: Exchange): Promise<void> {
    const { limits, find } = this.#options;
    const host = hostOf(exchange.request);
    const arrived = performance.now();
    let asked: (() => void) | null = null;
    let triesLater = 0;
    try {
      while (!exchange.gone.aborted) {
        const route = find(host);
        if (!route) return exchange.page(noSuchAppPage(), null);
        const held = performance.now() - arrived;
        const verdict = decide(route, held, limits.holdMs);
        if (verdict.kind === 'page') return sendPage(exchange, verdict.code, route, null);
        if (verdict.kind === 'dyno') {
          const to = await dial(this.#quarantine.free(verdict.dynos), limits.connectMs, (id) =>
            this.#quarantine.failed(id),
          );
          if (to && 'socket' in to) return await this.#forward(exchange, route, to);
          if (to && triesLater === 0) return sendPage(exchange, to.code, route, to);
          if (held >= limits.holdMs) return sendPage(exchange, 'H34', route, null);
          triesLater += 1;
          await this.#holds.next(route.appId, pauseBefore(triesLater), exchange.gone);
          continue;
        }
        if (verdict.wake) asked ??= this.#wakes.ask(route.appId);
        await this.#holds.next(route.appId, limits.holdMs - held, exchange.gone);
      }
    } finally {
      asked?.();
    }
  }

  async #forward(exchange: Exchange, route: AppRoute, to: Dialled): Promise<void> {
    const { dynoId } = to.dyno;
    this.#forwarding.set(dynoId, this.requestsOn(dynoId) + 1);
    try {
      const failure = await exchange.forward(to, limitsOf(route, this.#options.limits));
      if (failure !== null) sendPage(exchange, failure, route, to);
    } finally {
      to.socket.destroy();
      this.#ended(dynoId);
    }
  }

  #ended(dynoId: string): void {
    const left = this.requestsOn(dynoId) - 1;
    if (left > 0) this.#forwarding.set(dynoId, left);
    else this.#forwarding.delete(dynoId);
  }
}

/** Milliseconds until a request that found every dyno in quarantine looks again: longer each time. */
function pauseBefore(attempt: number): number {
  return Math.min(1_000, 50 * attempt);
}

function sendPage(exchange: Exchange, code: HCodeName, route: AppRoute | null, from: Dialled | Unreached | null): void {
  exchange.page(pageOf(code, route), { dyno: from?.dyno.name ?? '', code, connectMs: from?.connectMs ?? null });
}

/** As HAProxy reads it: without the port, lower case. */
function hostOf(request: IncomingMessage): string {
  return (request.headers.host ?? '').split(':')[0]!.toLowerCase();
}

function headersOf(page: Page, note: RouterNote | null): Record<string, string> {
  return {
    'content-type': 'text/html; charset=utf-8',
    'content-length': String(Buffer.byteLength(page.html)),
    'cache-control': 'no-cache, no-store',
    ...(note ? { 'x-router-dyno': writeNote(note) } : {}),
  };
}

function plainExchange(request: IncomingMessage, response: ServerResponse): Exchange {
  const gone = new AbortController();
  response.once('close', () => gone.abort());
  return {
    request,
    gone: gone.signal,
    page(page, note) {
      if (response.headersSent) return void response.destroy();
      // With its own reason: one that was refused is kept otherwise.
      response.writeHead(page.status, STATUS_CODES[page.status], headersOf(page, note));
      response.end(page.html);
      request.resume();
    },
    forward: (to, limits) => forward(request, response, to, limits),
  };
}

function upgradeExchange(request: IncomingMessage, socket: Duplex, first: Buffer): Exchange {
  const gone = new AbortController();
  socket.once('close', () => gone.abort());
  socket.on('error', () => undefined);
  return {
    request,
    gone: gone.signal,
    page(page, note) {
      const headers = Object.entries({ ...headersOf(page, note), connection: 'close' });
      const lines = [
        `HTTP/1.1 ${page.status} ${STATUS_CODES[page.status]}`,
        ...headers.map(([name, value]) => `${name}: ${value}`),
      ];
      socket.end(`${lines.join('\r\n')}\r\n\r\n${page.html}`);
    },
    forward: (to, limits) => forwardUpgrade(request, socket, first, to, limits),
  };
}
