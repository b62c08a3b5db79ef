import { once } from 'node:events';
import type { Server as HttpServer } from 'node:http';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { createServer as createTlsServer, type SecureContextOptions } from 'node:tls';
import { PlatformError } from '@jangada/platform-api';

const LOOPBACK = '127.0.0.1';
/** First byte of a TLS handshake record. */
const TLS_HANDSHAKE = 0x16;
/** Milliseconds in which a client must send its first byte. */
const FIRST_BYTE_MS = 30_000;
/** Silence after which the kernel asks whether the other computer is still there, in milliseconds. */
const KEEP_ALIVE_MS = 30_000;
/** What every SSH client says first. */
const SSH_GREETING = 'SSH-';
/** A rendezvous client sends its secret (hex) and a line break, and nothing else, first. */
const SECRET_LINE = /^\/?([0-9a-f]{40})\r?\n/;

export interface ListenerOptions {
  readonly bind: string;
  readonly port: number;
  readonly tls: SecureContextOptions;
  /** Gets every HTTP connection, encrypted or not. Its `headersTimeout` holds, though it never listens itself. */
  readonly http: HttpServer;
  /** Gets every connection over TLS that presents a rendezvous secret. */
  readonly rendezvous: (secret: string, client: Duplex) => void;
  /** Gets every connection of an SSH client, paused: `ps:exec` from elsewhere (docs/decisions/0086). */
  readonly ssh: (client: Socket) => void;
}

/**
 * One port for everything (cli-contract 1.2): the first bytes tell TLS and SSH from plain HTTP, and inside TLS the first line
 * tells HTTP from a rendezvous client. Listens on 127.0.0.1 besides when `bind` is another address. Throws `conflict` when
 * the port is taken.
 */
export async function listen(options: ListenerOptions): Promise<{ close(): Promise<void> }> {
  const open = new Set<Duplex>();
  const remember = (socket: Duplex): void => {
    open.add(socket);
    socket.on('close', () => open.delete(socket));
    socket.on('error', () => undefined);
  };

  const tls = createTlsServer({ ...options.tls, ALPNProtocols: ['http/1.1'], minVersion: 'TLSv1.2' }, (socket) => {
    remember(socket);
    peek(
      socket,
      (first) => {
        const secret = SECRET_LINE.exec(first.toString('latin1'));
        if (!secret) return false;
        options.rendezvous(secret[1]!, socket);
        return first.subarray(secret[0].length);
      },
      () => options.http.emit('connection', socket),
    );
  });
  tls.on('tlsClientError', (_error, socket) => socket.destroy());

  const welcome = (socket: Socket): void => {
    remember(socket);
    peek(
      socket,
      (first) => {
        if (first.toString('latin1', 0, SSH_GREETING.length) !== SSH_GREETING) return false;
        options.ssh(socket);
        return first;
      },
      (first) => (first[0] === TLS_HANDSHAKE ? tls : options.http).emit('connection', socket),
    );
  };
  // Node begins to watch how long heads of requests take when the server listens, which this one leaves to others.
  options.http.emit('listening');
  const servers: Server[] = [];
  const close = async (): Promise<void> => {
    const closed = Promise.all(servers.map((server) => once(server, 'close')));
    for (const server of servers) server.close();
    for (const socket of open) socket.destroy();
    options.http.close();
    await closed;
  };
  try {
    servers.push(await listenOn(options.bind, options.port, welcome));
    if (!coversLoopback(servers[0]!)) servers.push(await listenOn(LOOPBACK, options.port, welcome));
  } catch (error) {
    await close();
    throw error;
  }
  return { close };
}

/** The official CLI gives a token to no other address of this machine than 127.0.0.1. */
function coversLoopback(server: Server): boolean {
  return [LOOPBACK, '0.0.0.0', '::'].includes((server.address() as AddressInfo).address);
}

/**
 * Looks at the first chunk. `take` may claim the connection: it returns what it left of the chunk, and the socket stays
 * paused until its new owner resumes it. Otherwise the chunk is put back and `pass` gets the connection.
 */
function peek(socket: Socket, take: (first: Buffer) => Buffer | false, pass: (first: Buffer) => void): void {
  socket.setTimeout(FIRST_BYTE_MS, () => socket.destroy());
  socket.once('data', (first: Buffer) => {
    socket.setTimeout(0);
    socket.removeAllListeners('timeout');
    socket.pause();
    const rest = take(first);
    if (rest !== false) {
      if (rest.length > 0) socket.unshift(rest);
      return;
    }
    socket.unshift(first);
    pass(first);
    process.nextTick(() => socket.resume());
  });
}

async function listenOn(host: string, port: number, welcome: (socket: Socket) => void): Promise<Server> {
  const options = { noDelay: true, keepAlive: true, keepAliveInitialDelay: KEEP_ALIVE_MS };
  const server = createServer(options, welcome).listen(port, host);
  try {
    await once(server, 'listening');
    return server;
  } catch (error) {
    throw new PlatformError(
      'conflict',
      `Port ${port} on ${host} cannot be used (${(error as { code?: string }).code}). Free it, or set JANGADA_PORT to another one.`,
      { cause: error },
    );
  }
}
