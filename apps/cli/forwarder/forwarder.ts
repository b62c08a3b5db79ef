import { once } from 'node:events';
import { createServer } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import type { Duplex } from 'node:stream';
import { isForApi } from './fixed-hosts.ts';

export interface Forwarder {
  /** For `HTTP_PROXY`: `http://127.0.0.1:41234`. */
  readonly url: string;
  close(): Promise<void>;
}

/**
 * An HTTP proxy on the loopback that knows one way: what the CLI sends to a host of Heroku's over plain HTTP goes to the API
 * at `api`. Everything else is refused.
 */
export async function startForwarder(api: { readonly host: string; readonly port: number }): Promise<Forwarder> {
  const open = new Set<Duplex>();
  const server = createServer((_request, response) => {
    response.writeHead(403).end('Only the Platform API is reached through this proxy.\n');
  });
  server.on('connect', (request, client: Duplex, head: Buffer) => {
    open.add(client);
    client.on('close', () => open.delete(client));
    client.on('error', () => undefined);
    if (!isForApi(request.url ?? '', api)) {
      client.end('HTTP/1.1 403 Forbidden\r\n\r\n');
      return;
    }
    const upstream = connect({ host: api.host, port: api.port, noDelay: true }, () => {
      client.write('HTTP/1.1 200 Connection established\r\n\r\n');
      upstream.write(head);
      client.pipe(upstream).pipe(client);
    });
    upstream.on('error', () => client.destroy());
    upstream.on('close', () => client.destroy());
    client.on('close', () => upstream.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async close() {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      for (const client of open) client.destroy();
      await closed;
    },
  };
}
