import { once } from 'node:events';
import { chmod, unlink } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createConnection } from 'node:net';
import type { Duplex } from 'node:stream';
import { ERRORS, isPlatformError, PlatformError } from '@jangada/platform-api';
import { INPUT_LENGTH, readPipeInput } from './pipe-input.ts';

/** Milliseconds between the blank lines that keep a quiet stream visibly alive. */
const HEARTBEAT_MS = 10_000;

/**
 * A two-way stream: `head` is sent first as the answer to the call, then bytes flow both ways. Destroying the stream closes the
 * connection without aborting the signal.
 */
export interface Pipe {
  readonly head: unknown;
  readonly stream: Duplex;
}

/** What a server answers, by method name. Input and output are JSON values; dates travel as ISO texts. */
export interface Handlers {
  /** One answer. */
  readonly calls?: Readonly<Record<string, (input: never, signal: AbortSignal) => Promise<unknown>>>;
  /** Many answers, one JSON line each, until the iteration ends or the client goes. */
  readonly streams?: Readonly<Record<string, (input: never, signal: AbortSignal) => AsyncIterable<unknown>>>;
  /** A two-way byte stream. */
  readonly pipes?: Readonly<Record<string, (input: never, signal: AbortSignal) => Promise<Pipe>>>;
}

export interface WireServer {
  /** Ends all connections and removes the socket. */
  close(): Promise<void>;
}

/**
 * Listens on a unix socket that only this user may open. A socket file that nobody answers on any more is replaced; a live
 * one throws `conflict`.
 */
export async function serveWire(socketPath: string, handlers: Handlers): Promise<WireServer> {
  await removeStaleSocket(socketPath);
  const open = new Set<Duplex>();
  const server = createServer({ keepAliveTimeout: 60_000 }, (request, response) => {
    void answer(handlers, request, response);
  });
  server.on('connection', (socket) => {
    open.add(socket);
    socket.on('close', () => open.delete(socket));
  });
  server.on('upgrade', (request, socket, first) => {
    void openPipe(handlers, request, socket, first);
  });
  server.listen(socketPath);
  await once(server, 'listening');
  await chmod(socketPath, 0o600);
  return {
    async close() {
      const closed = once(server, 'close');
      server.close();
      for (const socket of open) socket.destroy();
      await closed;
    },
  };
}

async function removeStaleSocket(socketPath: string): Promise<void> {
  const probe = createConnection(socketPath);
  const alive = await new Promise<boolean>((resolve) => {
    probe.once('connect', () => resolve(true));
    probe.once('error', () => resolve(false));
  });
  probe.destroy();
  if (alive) throw new PlatformError('conflict', `Another process already answers on ${socketPath}. Stop it first.`);
  await unlink(socketPath).catch(() => undefined);
}

async function answer(handlers: Handlers, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const gone = new AbortController();
  response.on('close', () => gone.abort(new Error('the client went away')));
  const method = (request.url ?? '').slice(1);
  try {
    const input = (await readJson(request)) as never;
    const call = handlers.calls?.[method];
    if (call) {
      const output = await call(input, gone.signal);
      response.setHeader('content-type', 'application/json');
      response.end(JSON.stringify(output ?? null));
      return;
    }
    const stream = handlers.streams?.[method];
    if (!stream) throw new PlatformError('not_found', `No such method: ${method}.`);
    await sendStream(response, stream(input, gone.signal), gone.signal);
  } catch (error) {
    if (response.headersSent) response.destroy();
    else sendError(response, error);
  }
}

async function sendStream(response: ServerResponse, items: AsyncIterable<unknown>, gone: AbortSignal): Promise<void> {
  response.setHeader('content-type', 'application/x-ndjson');
  response.flushHeaders();
  const heartbeat = setInterval(() => response.write('\n'), HEARTBEAT_MS);
  try {
    for await (const item of items) {
      if (!response.write(`${JSON.stringify(item)}\n`)) await once(response, 'drain', { signal: gone });
    }
    response.end();
  } catch (error) {
    if (!gone.aborted) throw error;
  } finally {
    clearInterval(heartbeat);
  }
}

async function openPipe(handlers: Handlers, request: IncomingMessage, socket: Duplex, first: Buffer): Promise<void> {
  const gone = new AbortController();
  const leave = (): void => gone.abort(new Error('the client went away'));
  socket.on('close', leave);
  socket.on('error', () => undefined);
  try {
    const open = handlers.pipes?.[(request.url ?? '').slice(1)];
    if (!open) throw new PlatformError('not_found', `No such pipe: ${request.url}.`);
    const input = await readPipeInput(socket, first, Number(request.headers[INPUT_LENGTH] ?? 0));
    const pipe = await open(input as never, gone.signal);
    const head = Buffer.from(JSON.stringify(pipe.head ?? null)).toString('base64');
    socket.write(`HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: pipe\r\nx-head: ${head}\r\n\r\n`);
    pipe.stream.on('error', () => socket.destroy());
    socket.pipe(pipe.stream);
    pipe.stream.pipe(socket);
    socket.on('close', () => pipe.stream.destroy());
    pipe.stream.once('close', () => {
      // One that has ended has ended the socket too, which may still have bytes to send.
      if (pipe.stream.readableEnded || pipe.stream.errored) return;
      // It was we who let go: the signal would turn a hang-up into a kill.
      socket.off('close', leave);
      socket.destroy();
    });
  } catch (error) {
    const body = JSON.stringify(errorBody(error));
    const status = isPlatformError(error) ? error.status : 500;
    socket.end(
      `HTTP/1.1 ${status} Error\r\ncontent-type: application/json\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
    );
  }
}

async function readJson(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return chunks.length === 0 ? null : JSON.parse(Buffer.concat(chunks).toString());
}

function sendError(response: ServerResponse, error: unknown): void {
  response.statusCode = isPlatformError(error) ? error.status : 500;
  response.setHeader('content-type', 'application/json');
  response.end(JSON.stringify(errorBody(error)));
}

function errorBody(error: unknown): unknown {
  if (isPlatformError(error)) return { ...error.toJSON(), params: error.params };
  if (error instanceof Error && 'id' in error && String(error.id) in ERRORS)
    return { id: error.id, message: error.message };
  return { id: 'internal_server_error', message: error instanceof Error ? error.message : String(error) };
}
