import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Context } from '../context.ts';

/** Removes the files of an app that is gone: repository, build cache, log lines. */
export async function forgetApp(context: Context, appId: string): Promise<void> {
  await context.logs.remove(appId);
  await rm(join(context.home.repos, `${appId}.git`), { recursive: true, force: true });
  await rm(join(context.home.caches, appId), { recursive: true, force: true });
}
