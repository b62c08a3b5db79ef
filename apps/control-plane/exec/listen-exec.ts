import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import { PlatformError } from '@jangada/platform-api';

/** The CLI connects to this port of whatever host it is told, and to no other (cli-contract 3.12). */
export const EXEC_PORT = 80;

/**
 * Listens where SSH clients connect. `host` is an address of its own, so that web traffic on port 80 of other addresses
 * stays untouched; a socket that listens on all addresses at this port (HAProxy's) may be there: the kernel prefers the
 * exact one. Throws `conflict` when the address cannot be used.
 */
export async function listenExec(
  host: string,
  port: number,
  accept: (socket: Socket) => void,
): Promise<{ close(): Promise<void> }> {
  const server = createServer({ noDelay: true, keepAlive: true, keepAliveInitialDelay: 30_000 }, accept);
  server.listen({ host, port, reusePort: true });
  try {
    await once(server, 'listening');
  } catch (error) {
    throw new PlatformError(
      'conflict',
      `ps:exec cannot listen on ${host}:${port} (${(error as { code?: string }).code}). Set JANGADA_EXEC_HOST to an address of this machine whose port ${port} is free.`,
      { cause: error },
    );
  }
  return {
    async close() {
      const closed = once(server, 'close');
      server.close();
      await closed;
    },
  };
}
