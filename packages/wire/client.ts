import { Agent, request as httpRequest, type IncomingMessage, type RequestOptions } from 'node:http';
import type { Duplex } from 'node:stream';
import { ERRORS, type ErrorId, isPlatformError, PlatformError } from '@jangada/platform-api';
import { INPUT_LENGTH, sendPipeInput } from './pipe-input.ts';

/** The calling side of `serveWire`. Errors arrive as the PlatformError that the server threw. */
export interface WireClient {
  /** One answer. Throws `engine_unavailable` when nothing listens on the socket. */
  call<Output>(method: string, input?: unknown, signal?: AbortSignal): Promise<Output>;
  /** Many answers, until the server ends or the signal aborts (which ends the iteration quietly). Throws when the connection breaks. */
  stream<Item>(method: string, input: unknown, signal: AbortSignal): AsyncIterable<Item>;
  /** A two-way byte stream. Aborting the signal destroys the stream. */
  pipe<Head>(method: string, input: unknown, signal?: AbortSignal): Promise<{ head: Head; stream: Duplex }>;
  close(): void;
}

/** Makes a client; connections are opened when needed and kept alive. `peer` names the process in error messages. */
export function connectWire(socketPath: string, peer: string): WireClient {
  // No bound on connections: calls that wait long (a stop in its time of grace) must not keep others from their answer.
  const agent = new Agent({ keepAlive: true });
  const optionsFor = (method: string, signal?: AbortSignal): RequestOptions => ({
    socketPath,
    method: 'POST',
    path: `/${method}`,
    headers: { 'content-type': 'application/json' },
    ...(signal ? { signal } : {}),
  });

  const send = (options: RequestOptions, input: unknown): Promise<IncomingMessage> =>
    new Promise((resolve, reject) => {
      const request = httpRequest(options, resolve);
      request.on('error', (error) => reject(unavailable(error, peer, options.signal)));
      request.end(JSON.stringify(input ?? null));
    });

  return {
    async call(method, input, signal) {
      const response = await send({ ...optionsFor(method, signal), agent }, input);
      const body: unknown = JSON.parse(await readText(response));
      if (response.statusCode !== 200) throw revive(body);
      return body as never;
    },

    async *stream(method, input, signal) {
      if (signal.aborted) return;
      try {
        const response = await send(optionsFor(method, signal), input);
        if (response.statusCode !== 200) throw revive(JSON.parse(await readText(response)));
        for await (const text of linesOf(response)) {
          if (text !== '') yield JSON.parse(text);
        }
      } catch (error) {
        if (signal.aborted) return;
        throw isPlatformError(error) ? error : unavailable(error as Error, peer, signal);
      }
    },

    pipe(method, input, signal) {
      return new Promise((resolve, reject) => {
        const body = Buffer.from(JSON.stringify(input ?? null));
        const headers = { connection: 'upgrade', upgrade: 'pipe', [INPUT_LENGTH]: body.length };
        const request = httpRequest({ ...optionsFor(method, signal), headers, agent: false });
        request.on('upgrade', (response, socket, first) => {
          if (first.length > 0) socket.unshift(first);
          const head: unknown = JSON.parse(Buffer.from(String(response.headers['x-head']), 'base64').toString());
          signal?.addEventListener('abort', () => socket.destroy(), { once: true });
          resolve({ head: head as never, stream: socket });
        });
        request.on('response', (response) => {
          readText(response).then((text) => reject(revive(JSON.parse(text))), reject);
        });
        request.on('error', (error) => reject(unavailable(error, peer, signal)));
        sendPipeInput(request, body);
      });
    },

    close() {
      agent.destroy();
    },
  };
}

async function readText(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}

async function* linesOf(response: IncomingMessage): AsyncIterable<string> {
  let rest = '';
  response.setEncoding('utf8');
  for await (const chunk of response) {
    const lines = (rest + String(chunk)).split('\n');
    rest = lines.pop() ?? '';
    yield* lines;
  }
}

function revive(body: unknown): PlatformError {
  const { id, message, params, url, resource } = body as Record<string, never>;
  const known: ErrorId = String(id) in ERRORS ? (id as unknown as ErrorId) : 'internal_server_error';
  return new PlatformError(known, String(message), {
    params: params ?? {},
    ...(url ? { url } : {}),
    ...(resource ? { resource } : {}),
  });
}

function unavailable(error: Error & { code?: string }, peer: string, signal: AbortSignal | undefined): Error {
  if (signal?.aborted) return signal.reason instanceof Error ? signal.reason : error;
  return new PlatformError(
    'engine_unavailable',
    `The ${peer} does not answer (${error.code ?? error.message}). See "jangada status".`,
    { cause: error },
  );
}
