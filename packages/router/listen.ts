import { once } from 'node:events';
import { unlink } from 'node:fs/promises';
import { createConnection, type Server } from 'node:net';
import { PlatformError } from '@jangada/platform-api';

/** Listens on a unix socket. Takes over the file of a process that is gone; throws `conflict` when one answers on it. */
export async function listenOn(server: Server, path: string): Promise<void> {
  if (await answers(path)) {
    throw new PlatformError('conflict', `Another router of this installation runs already (${path}). Stop it first.`);
  }
  await unlink(path).catch(() => undefined);
  server.listen(path);
  await once(server, 'listening');
}

async function answers(path: string): Promise<boolean> {
  const probe = createConnection(path);
  const alive = await new Promise<boolean>((resolve) => {
    probe.once('connect', () => resolve(true));
    probe.once('error', () => resolve(false));
  });
  probe.destroy();
  return alive;
}
