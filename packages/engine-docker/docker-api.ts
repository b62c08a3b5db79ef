import {
  Agent,
  request as httpRequest,
  type IncomingMessage,
  type OutgoingHttpHeaders,
  type RequestOptions,
} from 'node:http';
import type { Socket } from 'node:net';
import type { Readable } from 'node:stream';
import { PlatformError } from '@jangada/platform-api';
import type { DockerVersion } from './docker-shapes.ts';

/** Newest API version whose answers this code was written for. Older daemons are spoken to in theirs. */
const NEWEST_KNOWN_API = '1.47';

/** An answer of the Docker Engine other than success. Stays inside this package: each caller says what it means. */
export class DockerError extends Error {
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.name = 'DockerError';
    this.status = status;
  }
}

/** Whether the Docker Engine answered with this HTTP status. */
export function isDockerError(error: unknown, status: number): error is DockerError {
  return error instanceof DockerError && error.status === status;
}

/** Gone, or being removed by somebody else, is as good as removed; not running is as good as killed. */
export async function unlessGone<Result>(work: Promise<Result>): Promise<Result | null> {
  try {
    return await work;
  } catch (error) {
    if (isDockerError(error, 404) || isDockerError(error, 409)) return null;
    throw error;
  }
}

type Method = 'GET' | 'POST' | 'DELETE';

/**
 * The Docker Engine's HTTP API on its unix socket. Paths carry no version: it is negotiated with the first call and again
 * after the engine was away. Every method throws `engine_unavailable` when nothing answers and DockerError otherwise.
 */
export interface DockerApi {
  /** One answer as JSON; null when it has no body. */
  call<Output>(method: Method, path: string, body?: unknown, signal?: AbortSignal): Promise<Output>;
  /** An answer that goes on: events, logs. On a connection of its own. */
  stream(path: string, signal: AbortSignal): Promise<IncomingMessage>;
  /** Sends an archive; the answer goes on while it is sent. On a connection of its own. */
  upload(path: string, archive: Readable, signal?: AbortSignal): Promise<IncomingMessage>;
  /** A two-way raw connection: attach, exec. Bytes that came with the answer's head are in the stream. */
  hijack(path: string, body?: unknown, signal?: AbortSignal): Promise<Socket>;
  /** A connection on which the engine becomes the client, of gRPC over HTTP/2. */
  session(headers: OutgoingHttpHeaders): Promise<Socket>;
  close(): void;
}

/** Makes a client of the Docker Engine that listens on `socketPath`. */
export function connectDocker(socketPath: string): DockerApi {
  const agent = new Agent({ keepAlive: true, maxSockets: 32 });
  let negotiated: Promise<string> | null = null;

  const send = (options: RequestOptions, body?: unknown): Promise<IncomingMessage> =>
    new Promise((resolve, reject) => {
      const text = body === undefined ? '' : JSON.stringify(body);
      const headers = {
        ...options.headers,
        'content-type': 'application/json',
        'content-length': Buffer.byteLength(text),
      };
      const request = httpRequest({ ...options, socketPath, headers }, resolve);
      request.on('error', (error: Error & { code?: string }) => {
        // A kept-alive connection that the engine closed meanwhile says nothing about the engine: ask once more.
        if (request.reusedSocket && error.code === 'ECONNRESET' && !options.signal?.aborted) {
          send({ ...options, agent: false }, body).then(resolve, reject);
          return;
        }
        negotiated = null;
        reject(unavailable(error, socketPath, options.signal));
      });
      request.end(text);
    });

  const versioned = async (path: string): Promise<string> => {
    negotiated ??= negotiate(await send({ path: '/version', agent }));
    try {
      return `/v${await negotiated}${path}`;
    } catch (error) {
      negotiated = null;
      throw error;
    }
  };

  const upgraded = (options: RequestOptions, text: string): Promise<Socket> =>
    new Promise((resolve, reject) => {
      const headers = { connection: 'Upgrade', ...options.headers };
      const request = httpRequest({ ...options, method: 'POST', socketPath, agent: false, headers });
      request.on('upgrade', (_response, socket, first) => {
        if (first.length > 0) socket.unshift(first);
        resolve(socket as Socket);
      });
      request.on('response', (response) => {
        readText(response).then((answer) => reject(errorOf(response, answer)), reject);
      });
      request.on('error', (error) => reject(unavailable(error, socketPath, options.signal)));
      request.end(text);
    });

  return {
    async call(method, path, body, signal) {
      const response = await send({ method, path: await versioned(path), agent, ...(signal ? { signal } : {}) }, body);
      const text = await readText(response);
      if ((response.statusCode ?? 500) >= 400) throw errorOf(response, text);
      return (text === '' ? null : JSON.parse(text)) as never;
    },

    async stream(path, signal) {
      const response = await send({ path: await versioned(path), agent: false, signal });
      if ((response.statusCode ?? 500) >= 400) throw errorOf(response, await readText(response));
      return response;
    },

    async upload(path, archive, signal) {
      const target = await versioned(path);
      const response = await new Promise<IncomingMessage>((resolve, reject) => {
        const headers = { 'content-type': 'application/x-tar' };
        const own = signal ? { signal } : {};
        const request = httpRequest(
          { method: 'POST', socketPath, path: target, agent: false, headers, ...own },
          resolve,
        );
        request.on('error', (error) => reject(unavailable(error, socketPath, signal)));
        archive.on('error', (error) => request.destroy(error));
        archive.pipe(request);
      });
      if ((response.statusCode ?? 500) >= 400) throw errorOf(response, await readText(response));
      return response;
    },

    hijack: async (path, body, signal) => {
      const text = body === undefined ? '' : JSON.stringify(body);
      const headers = { upgrade: 'tcp', 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) };
      return upgraded({ path: await versioned(path), headers, ...(signal ? { signal } : {}) }, text);
    },

    session: async (headers) =>
      upgraded({ path: await versioned('/session'), headers: { upgrade: 'h2c', ...headers } }, ''),

    close() {
      agent.destroy();
    },
  };
}

/** The version to speak: the newest that both sides know, but never older than the daemon accepts. */
export function chooseApiVersion(daemon: Pick<DockerVersion, 'ApiVersion' | 'MinAPIVersion'>): string {
  const newest = isOlder(daemon.ApiVersion, NEWEST_KNOWN_API) ? daemon.ApiVersion : NEWEST_KNOWN_API;
  return daemon.MinAPIVersion && isOlder(newest, daemon.MinAPIVersion) ? daemon.MinAPIVersion : newest;
}

function isOlder(one: string, other: string): boolean {
  const [major = 0, minor = 0] = one.split('.').map(Number);
  const [otherMajor = 0, otherMinor = 0] = other.split('.').map(Number);
  return major === otherMajor ? minor < otherMinor : major < otherMajor;
}

async function negotiate(response: IncomingMessage): Promise<string> {
  const text = await readText(response);
  if (response.statusCode !== 200) throw errorOf(response, text);
  return chooseApiVersion(JSON.parse(text) as DockerVersion);
}

async function readText(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}

function errorOf(response: IncomingMessage, text: string): DockerError {
  let message = text.trim();
  try {
    message = String((JSON.parse(text) as { message?: unknown }).message ?? message);
  } catch {
    // Not JSON: proxies in front of the engine answer in plain text.
  }
  return new DockerError(response.statusCode ?? 500, message);
}

function unavailable(error: Error & { code?: string }, socketPath: string, signal: AbortSignal | undefined): Error {
  if (signal?.aborted) return signal.reason instanceof Error ? signal.reason : error;
  return new PlatformError(
    'engine_unavailable',
    `The Docker Engine does not answer on ${socketPath} (${error.code ?? error.message}). Start it and try again.`,
    { cause: error },
  );
}
