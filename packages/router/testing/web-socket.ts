import { once } from 'node:events';
import { request as httpRequest } from 'node:http';
import type { Duplex } from 'node:stream';

/** Opens a WebSocket through the router, sends short texts, gives back what comes. */
export interface TestWebSocket {
  readonly headers: NodeJS.Dict<string | string[]>;
  echo(text: string): Promise<string>;
  close(): void;
}

export async function openWebSocket(port: number, host: string): Promise<TestWebSocket> {
  const headers = {
    host,
    connection: 'Upgrade',
    upgrade: 'websocket',
    'sec-websocket-version': '13',
    'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==',
  };
  const request = httpRequest({ host: '127.0.0.1', port, headers, agent: false });
  request.end();
  const { promise, resolve, reject } = Promise.withResolvers<[NodeJS.Dict<string | string[]>, Duplex]>();
  request.on('upgrade', (response, socket) => resolve([response.headers, socket]));
  request.on('response', (response) => reject(new Error(`no upgrade: ${response.statusCode}`)));
  request.on('error', reject);
  const [answered, socket] = await promise;
  return {
    headers: answered,
    async echo(text) {
      const payload = Buffer.from(text);
      socket.write(Buffer.concat([Buffer.from([0x81, 0x80 | payload.length, 0, 0, 0, 0]), payload]));
      const [frame] = (await once(socket, 'data')) as [Buffer];
      return frame.subarray(2).toString();
    },
    close: () => socket.destroy(),
  };
}
