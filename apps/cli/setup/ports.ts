import { readdir, readFile, readlink } from 'node:fs/promises';
import { createServer } from 'node:net';
import type { Settings } from '@jangada/core';
import { PlatformError } from '@jangada/platform-api';

/** Who listens, for a message. */
interface Listener {
  readonly pid: number;
  readonly command: string;
}

/**
 * Throws `conflict` for the first port that somebody else holds, with the setting that chooses another. `isOurs` tells
 * processes of this installation (HAProxy outlives its router).
 */
export async function assertPortsFree(settings: Settings, isOurs: (pid: number) => boolean): Promise<void> {
  const wanted = [
    ['JANGADA_PORT', settings.port],
    ['JANGADA_HTTP_PORT', settings.httpPort],
    ['JANGADA_HTTPS_PORT', settings.httpsPort],
  ] as const;
  for (const [name, port] of wanted) {
    const failure = await tryListen(settings.bind, port);
    if (failure === null) continue;
    if (failure === 'EADDRNOTAVAIL') {
      throw new PlatformError(
        'invalid_params',
        `JANGADA_BIND: this machine has no address ${settings.bind}. Choose one that it has, or 0.0.0.0 for all.`,
      );
    }
    const listener = await findListener(port);
    if (listener && isOurs(listener.pid)) continue;
    const program = listener ? ` by ${listener.command.split(' ')[0]} (pid ${listener.pid})` : '';
    throw new PlatformError(
      'conflict',
      `Port ${port} is taken${program}. Stop that program, or choose another port with ${name}, for example ${name}=${(port % 60_000) + 1_000} npm start.`,
    );
  }
}

function tryListen(host: string, port: number): Promise<string | null> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', (error: Error & { code?: string }) => resolve(error.code ?? error.message));
    server.listen({ host, port, exclusive: true }, () => server.close(() => resolve(null)));
  });
}

async function findListener(port: number): Promise<Listener | null> {
  const tables = await Promise.all(
    ['tcp', 'tcp6'].map((name) => readFile(`/proc/net/${name}`, 'utf8').catch(() => '')),
  );
  const inodes = new Set(tables.flatMap((table) => listeningInodes(table, port)));
  if (inodes.size === 0) return null;
  for (const pid of (await readdir('/proc')).filter((name) => /^\d+$/.test(name))) {
    const files = await readdir(`/proc/${pid}/fd`).catch(() => []);
    for (const file of files) {
      const target = await readlink(`/proc/${pid}/fd/${file}`).catch(() => '');
      const inode = /^socket:\[(\d+)\]$/.exec(target)?.[1];
      if (inode === undefined || !inodes.has(inode)) continue;
      const command = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
      return { pid: Number(pid), command: command.replaceAll('\0', ' ').trim() };
    }
  }
  return null;
}

/** Socket inodes that listen (state 0A) on a port, out of a table of /proc/net. */
export function listeningInodes(table: string, port: number): string[] {
  const suffix = `:${port.toString(16).toUpperCase().padStart(4, '0')}`;
  return table
    .split('\n')
    .map((line) => line.trim().split(/\s+/))
    .filter((fields) => fields[1]?.endsWith(suffix) && fields[3] === '0A')
    .map((fields) => fields[9] ?? '');
}
