import { readdir } from 'node:fs/promises';
import { PlatformError } from '@jangada/platform-api';
import type { Context } from '../context.ts';

/**
 * Refuses a database that no control plane has used yet when this home has files of apps: it is empty by mistake, and
 * reconciliation would end all dynos and remove all repositories and logs. Asked before the first account is made. Throws
 * `store_unavailable` with what to do.
 */
export async function assertOwnDatabase({
  store,
  home,
  blobs,
}: Pick<Context, 'store' | 'home' | 'blobs'>): Promise<void> {
  const { accounts, apps } = store.rows;
  if ((await accounts.count()) + (await apps.count()) > 0) return;
  const left = [
    ...((await hasContent(home.repos)) ? [home.repos] : []),
    ...((await hasContent(home.caches)) ? [home.caches] : []),
    ...((await hasAny(blobs.list())) ? [home.blobs] : []),
  ];
  if (left.length === 0) return;
  throw new PlatformError(
    'store_unavailable',
    `The database is empty, but there are files of apps in ${left.join(', ')}. If it is the wrong database, correct DATABASE_URL; if yours was lost, restore it from a backup. To begin anew, move these folders away.`,
  );
}

async function hasContent(folder: string): Promise<boolean> {
  const names = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    throw error;
  });
  return names.some((name) => !name.startsWith('.'));
}

async function hasAny(items: AsyncIterable<unknown>): Promise<boolean> {
  for await (const _ of items) return true;
  return false;
}
