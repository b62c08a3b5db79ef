import { randomUUID } from 'node:crypto';
import { mkdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { PlatformError } from '@jangada/platform-api';
import { changeApp } from '../../changes/change-app.ts';
import type { AppCall } from '../../http/route.ts';

/** Forgets what builds of the app have kept for the next one. Throws `conflict` while one runs: it works in the cache. */
export async function deleteBuildCache({ context, actor, app }: AppCall): Promise<void> {
  const { caches, builds } = context.home;
  const removed = join(builds, `.removed-${randomUUID()}`);
  await changeApp(context, actor, app.id, async ({ tx, event }) => {
    if ((await tx.builds.count({ appId: app.id, status: 'pending' })) > 0) {
      throw new PlatformError('conflict', `A build of ${app.name} is running. Try again when it is done.`);
    }
    await mkdir(builds, { recursive: true, mode: 0o700 });
    await rename(join(caches, app.id), removed).catch(isThere);
    await event('api:build', 'update', { cache: 'deleted' });
  });
  await rm(removed, { recursive: true, force: true });
}

/** An app that was not built yet has no cache. */
function isThere(error: NodeJS.ErrnoException): void {
  if (error.code !== 'ENOENT') throw error;
}
