import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createTcpServer, type Socket, type Server as TcpServer } from 'node:net';
import type { RouteDyno } from '@jangada/core';

/** A web server in the place of a dyno. */
export interface DynoServer {
  readonly dyno: RouteDyno;
  readonly draining: RouteDyno;
  /** Requests that came so far. */
  requests(): number;
  /** Stops at once, open connections included. */
  close(): Promise<void>;
}

type Answer = (request: IncomingMessage, response: ServerResponse) => void;

/** Answers `/` with its id, `/headers` with what it got, echoes bodies, and speaks WebSocket echo. */
export async function startDyno(dynoId: string, name: string, answer: Answer = tell(dynoId)): Promise<DynoServer> {
  let requests = 0;
  const server = createServer((request, response) => {
    requests += 1;
    answer(request, response);
  });
  server.keepAliveTimeout = 5_000;
  server.on('upgrade', echoWebSocket);
  return listening(
    server,
    dynoId,
    name,
    () => requests,
    () => server.closeAllConnections(),
  );
}

/** A dyno that does to each connection what HTTP does not foresee. */
export async function startRawDyno(
  dynoId: string,
  name: string,
  onConnection: (socket: Socket) => void,
): Promise<DynoServer> {
  let connections = 0;
  const open = new Set<Socket>();
  const server = createTcpServer((socket) => {
    connections += 1;
    open.add(socket);
    socket.on('error', () => undefined);
    onConnection(socket);
  });
  return listening(
    server,
    dynoId,
    name,
    () => connections,
    () => open.forEach((socket) => void socket.destroy()),
  );
}

async function listening(
  server: Server | TcpServer,
  dynoId: string,
  name: string,
  requests: () => number,
  cut: () => void,
): Promise<DynoServer> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' && address ? address.port : 0;
  const dyno: RouteDyno = { dynoId, name, address: '127.0.0.1', port, state: 'up' };
  return {
    dyno,
    draining: { ...dyno, state: 'draining' },
    requests,
    async close() {
      const closed = new Promise((resolve) => server.close(resolve));
      cut();
      await closed;
    },
  };
}

function tell(dynoId: string): Answer {
  return (request, response) => {
    response.setHeader('x-dyno', dynoId);
    if (request.url?.startsWith('/headers')) {
      response.end(JSON.stringify(request.headers));
    } else if (request.method === 'POST') {
      request.pipe(response);
    } else {
      response.end(`hello from ${dynoId}`);
    }
  };
}

/** Just enough of RFC 6455 to echo: agrees, then returns the payload of every small masked frame. */
function echoWebSocket(request: IncomingMessage, socket: import('node:stream').Duplex): void {
  const accept = createHash('sha1')
    .update(`${request.headers['sec-websocket-key']}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`)
    .digest('base64');
  socket.write(
    `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\n\r\n`,
  );
  socket.on('error', () => undefined);
  socket.on('end', () => socket.end());
  socket.on('data', (frame: Buffer) => {
    const opcode = frame[0]! & 0x0f;
    const length = frame[1]! & 0x7f;
    const mask = frame.subarray(2, 6);
    const payload = frame.subarray(6, 6 + length).map((byte, index) => byte ^ mask[index % 4]!);
    if (opcode === 8) socket.end(Buffer.concat([Buffer.from([0x88, length]), payload]));
    else socket.write(Buffer.concat([Buffer.from([0x81, length]), payload]));
  });
}
