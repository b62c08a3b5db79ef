import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { KEPT_DAYS, KEPT_RELEASES } from '@jangada/core';
import { isUuid } from '../auth/require-app.ts';
import type { Context } from '../context.ts';
import { bytesBelow } from './bytes-below.ts';

const DAY_MS = 24 * 3_600_000;

/**
 * Removes what builds and release commands printed, by the rule for slugs: what is older than 30 days and not of the app's 20
 * newest builds or releases. What no row knows any more, of removed apps for example, has its 30 days too.
 */
export async function removeOldOutputs(context: Context): Promise<{ readonly count: number; readonly bytes: number }> {
  const { outputs: folder } = context.home;
  const now = context.clock.now().getTime();
  let [count, bytes] = [0, 0];
  for (const name of await readdir(folder).catch(() => [])) {
    const info = await stat(join(folder, name)).catch(() => null);
    // A stream that is written to has another ending; it is finished when its writer is, or at the next start.
    if (info === null || name.includes('.') || now - info.mtimeMs <= KEPT_DAYS * DAY_MS) continue;
    if (await isKept(context, name)) continue;
    bytes += await bytesBelow(join(folder, name));
    await context.outputs.remove(name);
    count += 1;
  }
  return { count, bytes };
}

async function isKept(context: Context, id: string): Promise<boolean> {
  const { builds, releases } = context.store.rows;
  if (!isUuid(id)) return true;
  const build = await builds.get(id);
  if (build) {
    const newest = await builds.list(
      { appId: build.appId },
      { orderBy: 'createdAt', direction: 'desc', limit: KEPT_RELEASES },
    );
    return newest.some((one) => one.id === id);
  }
  const release = await releases.find({ outputStreamId: id });
  if (!release) return false;
  const newest = await releases.list(
    { appId: release.appId },
    { orderBy: 'version', direction: 'desc', limit: KEPT_RELEASES },
  );
  return newest.some((one) => one.id === release.id);
}
