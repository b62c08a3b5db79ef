import { chmod } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse, STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import type { AppRoute } from '@jangada/core';
import { type RouterNote, writeNote } from '../access-log/entry.ts';
import type { HCodeName } from '../access-log/h-codes.ts';
import type { RouterLimits } from '../limits.ts';
import { listenOn } from '../listen.ts';
import { decide } from './decide.ts';
import { type Dialled, dial } from './dial.ts';
import { type ForwardFailure, forward, forwardUpgrade } from './forward.ts';
import { Holds } from './holds.ts';
import { noSuchAppPage, type Page, pageOf } from './pages.ts';
import { WakeCalls } from './wake-calls.ts';

export interface BackupServerOptions {
  readonly limits: RouterLimits;
  /** The app at a host (lower case, no port), as it is now. */
  readonly find: (host: string) => AppRoute | undefined;
}

/** How one request gets its answer: the same story for plain requests and for upgrades. */
interface Exchange {
  readonly request: IncomingMessage;
  readonly gone: AbortSignal;
  page(page: Page, note: RouterNote | null): void;
  forward(to: Dialled): Promise<ForwardFailure>;
}

/** The Node side behind HAProxy: holds, wakes, forwards, or answers with a page, whatever the app's route asks for. */
export class BackupServer {
  readonly #options: BackupServerOptions;
  readonly #server: Server;
  readonly #wakes = new WakeCalls();
  readonly #holds = new Holds();
  readonly #forwarding = new Map<string, number>();

  constructor(options: BackupServerOptions) {
    this.#options = options;
    this.#server = createServer(
      { maxHeaderSize: 65_536, requestTimeout: 0, keepAliveTimeout: 120_000 },
      (request, response) => {
        void this.#answer(plainExchange(request, response, options.limits));
      },
    );
    this.#server.on('upgrade', (request, socket, first) => {
      void this.#answer(upgradeExchange(request, socket, first, options.limits));
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

  async #answer(exchange: Exchange): Promise<void> {
    const { limits, find } = this.#options;
    const host = hostOf(exchange.request);
    const arrived = performance.now();
    let asked: (() => void) | null = null;
    try {
      while (!exchange.gone.aborted) {
        const route = find(host);
        if (!route) return exchange.page(noSuchAppPage(), null);
        const held = performance.now() - arrived;
        const verdict = decide(route, held, limits.holdMs);
        if (verdict.kind === 'page') return sendPage(exchange, verdict.code, route, null);
        if (verdict.kind === 'dyno')
          return await this.#forward(exchange, route, await dial(verdict.dynos, limits.connectMs));
        if (verdict.wake) asked ??= this.#wakes.ask(route.appId);
        await this.#holds.next(route.appId, limits.holdMs - held, exchange.gone);
      }
    } finally {
      asked?.();
    }
  }

  async #forward(exchange: Exchange, route: AppRoute, to: Dialled | 'H19' | 'H21'): Promise<void> {
    if (typeof to === 'string') return sendPage(exchange, to, route, null);
    const { dynoId } = to.dyno;
    this.#forwarding.set(dynoId, this.requestsOn(dynoId) + 1);
    const failure = await exchange.forward(to);
    const left = this.requestsOn(dynoId) - 1;
    if (left > 0) this.#forwarding.set(dynoId, left);
    else this.#forwarding.delete(dynoId);
    if (failure !== null) sendPage(exchange, failure, route, to);
  }
}

function sendPage(exchange: Exchange, code: HCodeName, route: AppRoute, from: Dialled | null): void {
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

function plainExchange(request: IncomingMessage, response: ServerResponse, limits: RouterLimits): Exchange {
  const gone = new AbortController();
  response.once('close', () => gone.abort());
  return {
    request,
    gone: gone.signal,
    page(page, note) {
      if (response.headersSent) return void response.destroy();
      response.writeHead(page.status, headersOf(page, note));
      response.end(page.html);
      request.resume();
    },
    forward: (to) => forward(request, response, to, limits),
  };
}

function upgradeExchange(request: IncomingMessage, socket: Duplex, first: Buffer, limits: RouterLimits): Exchange {
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
    forward: (to) => forwardUpgrade(request, socket, first, to, limits),
  };
}
