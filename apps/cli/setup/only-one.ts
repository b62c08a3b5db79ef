import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Home } from '@jangada/core';
import { isPlatformError, PlatformError } from '@jangada/platform-api';
import { serveWire } from '@jangada/wire';
import { assertOwnFolder } from './own-folder.ts';

/**
 * Does the work unless another `jangada up` works on the same home: throws `conflict` then, and `invalid_params` for a folder
 * that cannot be a home. A socket that is listened on is the lock, so that whatever kills its holder opens it.
 */
export async function onlyOne<Result>(home: Home, work: () => Promise<Result>): Promise<Result> {
  await assertOwnFolder(home);
  const made = await mkdir(home.run, { recursive: true, mode: 0o755 }).then(
    () => true,
    () => false,
  );
  // Nothing can be set up there. The steps find out why, and say it better.
  if (!made) return work();
  const held = await serveWire(join(home.run, 'up.sock'), {}).catch((error: unknown) => {
    // Of two that begin in the same moment one finds the place taken only when it listens.
    const taken = error instanceof Error && 'code' in error && error.code === 'EADDRINUSE';
    if (!taken && !isPlatformError(error, 'conflict')) throw error;
    const message = `Another "jangada up" works on ${home.root}. Wait for it, or end it, then run this again.`;
    throw new PlatformError('conflict', message, { cause: error });
  });
  try {
    return await work();
  } finally {
    await held.close();
  }
}
