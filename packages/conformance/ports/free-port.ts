import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer, type ListenOptions, type Server } from 'node:net';

/** Below these lie ports of well-known servers. */
const LOWEST = 15_000;

/** What this process keeps others from being told, until it ends. */
const claims: Server[] = [];

/**
 * A port of the loopback address for a server that a test starts a little later. Nobody listens on it now, the kernel gives it to
 * nobody who asks for any port, and no other process that asks here is told it while this one lives.
 */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = randomInt(LOWEST, firstEphemeral());
    // A name without a file, which is free again when its process ends, however it ends.
    const claim = await listening({ path: `\0jangada-test-port-${port}` });
    if (!claim) continue;
    claims.push(claim.unref());
    const probe = await listening({ host: '127.0.0.1', port, exclusive: true });
    if (!probe) continue;
    await once(probe.close(), 'close');
    return port;
  }
}

/** The first port that the kernel gives to connections, and to servers that ask for any. */
function firstEphemeral(): number {
  const [first] = readFileSync('/proc/sys/net/ipv4/ip_local_port_range', 'utf8').split('\t');
  // A machine that gives almost all of them leaves none that it never gives.
  return Math.max(Number(first), LOWEST + 10_000);
}

/** A server that listens there, or null when another does. */
async function listening(where: ListenOptions): Promise<Server | null> {
  const server = createServer().listen(where);
  try {
    await once(server, 'listening');
    return server;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EADDRINUSE') return null;
    throw error;
  }
}
