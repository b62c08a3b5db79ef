import { createHash, randomBytes } from 'node:crypto';
import { request as httpRequest, type IncomingMessage, type Server } from 'node:http';
import type { Duplex } from 'node:stream';

/** Constant of RFC 6455, 4.2.2. */
const ACCEPT_SUFFIX = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';
/** A close frame of a server that goes away: 1001. */
const GOING_AWAY = Buffer.from([0x88, 2, 0x03, 0xe9]);

/** Takes WebSockets on a server. The returned function tells each of them to go, as an app does on SIGTERM. */
export function acceptWebSockets(server: Server): () => void {
  const open = new Set<Duplex>();
  let going = false;
  server.on('upgrade', (request: IncomingMessage, socket: Duplex) => {
    const accept = createHash('sha1')
      .update(`${request.headers['sec-websocket-key']}${ACCEPT_SUFFIX}`)
      .digest('base64');
    socket.write(
      `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\n\r\n`,
    );
    open.add(socket);
    socket.on('error', () => undefined);
    socket.on('close', () => open.delete(socket));
    socket.on('end', () => socket.end());
    socket.resume();
    if (going) socket.end(GOING_AWAY);
  });
  return () => {
    going = true;
    for (const socket of open) socket.end(GOING_AWAY);
  };
}

/**
 * Opens a WebSocket and stays until its end. 200 when it was told to go, 0 when it was cut or refused; an abort of the signal
 * ends it too.
 */
export function staysOpen(port: number, host: string, signal: AbortSignal): Promise<{ readonly status: number }> {
  const headers = {
    host,
    connection: 'Upgrade',
    upgrade: 'websocket',
    'sec-websocket-version': '13',
    'sec-websocket-key': randomBytes(16).toString('base64'),
  };
  return new Promise((resolve) => {
    const request = httpRequest({ host: '127.0.0.1', port, headers, agent: false });
    const fail = (): void => resolve({ status: 0 });
    request.on('error', fail);
    request.on('response', (response) => {
      response.resume();
      fail();
    });
    request.on('upgrade', (_response, socket, first: Buffer) => {
      const received = [first];
      socket.on('data', (chunk) => received.push(chunk));
      socket.on('error', () => undefined);
      socket.on('end', () => socket.end());
      socket.on('close', () => resolve({ status: Buffer.concat(received).equals(GOING_AWAY) ? 200 : 0 }));
      signal.addEventListener('abort', () => socket.destroy(), { once: true });
    });
    request.end();
  });
}
