import { once } from 'node:events';
import { createServer } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { PlatformError } from '@jangada/platform-api';

/** A HAProxy that was killed a moment ago has its ports until the kernel is done with it. */
const PATIENCE_MS = 1_000;

/** Makes sure that nobody listens there, with a message that names the port and its setting. Throws `conflict` or `invalid_params`. */
export async function checkPortFree(bind: string, port: number, setting: string): Promise<void> {
  for (const deadline = Date.now() + PATIENCE_MS; ; await delay(20)) {
    try {
      return await listenOnce(bind, port);
    } catch (error) {
      const isTaken = error instanceof Error && 'code' in error && error.code === 'EADDRINUSE';
      if (!isTaken || Date.now() > deadline) throw portError(error, bind, port, setting);
    }
  }
}

async function listenOnce(host: string, port: number): Promise<void> {
  const server = createServer();
  server.listen({ host, port, exclusive: true });
  await once(server, 'listening');
  const closed = once(server, 'close');
  server.close();
  await closed;
}

function portError(error: unknown, bind: string, port: number, setting: string): unknown {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code === 'EADDRINUSE') {
    return new PlatformError(
      'conflict',
      `Port ${port} is already taken on ${bind}. Stop what listens there, or set ${setting} to a free port.`,
    );
  }
  if (code === 'EACCES') {
    return new PlatformError(
      'invalid_params',
      `Port ${port} needs root. Run as root, or set ${setting} to a port above 1023.`,
    );
  }
  if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND') {
    return new PlatformError(
      'invalid_params',
      `This machine has no address ${bind}. Set JANGADA_BIND to one of its own.`,
    );
  }
  return error;
}
