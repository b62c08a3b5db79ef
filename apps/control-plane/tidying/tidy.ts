import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { planExpiry } from '@jangada/core';
import type { Context } from '../context.ts';
import type { RunningBuilds } from '../deploy/running-builds.ts';
import { expireImages } from '../images/expire-images.ts';
import { keepReleasedImages } from '../images/keep-images.ts';
import { removeUnusedImages } from '../images/remove-unused-images.ts';
import { SOURCE_LIFE_MS } from '../resources/sources/url.ts';
import { bytesBelow } from './bytes-below.ts';
import { removeOldOutputs } from './old-outputs.ts';
import { removeOldRuntimes } from './old-runtimes.ts';
import { removeUnusedBlob } from './unused-blobs.ts';

const DAY_MS = 24 * 3_600_000;

/** Days after which layers that no build has used are dropped. */
const IDLE_CACHE_DAYS = 30;

/** What one tidying removed. */
export interface Tidied {
  /** Releases that cannot be gone back to any more. */
  readonly releases: number;
  readonly slugs: number;
  readonly sources: number;
  /** Build caches of apps that are gone. */
  readonly caches: number;
  /** Runtimes that newer ones have replaced. */
  readonly runtimes: number;
  /** Outputs of builds and release commands. */
  readonly outputs: number;
  /** Bytes that all this freed. */
  readonly bytes: number;
}

/**
 * Tidies at the start and then once a day, and tells what that freed; before, keeps images of releases that were not kept when
 * they were made. Ends with the signal.
 */
export async function keepTidy(context: Context, running: RunningBuilds, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    try {
      await keepReleasedImages(context, running, signal);
      context.report('tidied', { ...(await tidy(context, running)) });
    } catch (error) {
      context.report('tidying.failed', { error: String(error) });
    }
    await context.clock.sleep(DAY_MS, signal).catch(() => undefined);
  }
}

/** Removes what has had its time. Files go only while nothing is being built: what a build makes has no row yet. */
export async function tidy(context: Context, running: RunningBuilds): Promise<Tidied> {
  const expired = { releases: 0, slugs: 0 };
  for (const { id } of await context.store.rows.apps.list()) {
    const { releases, slugs } = await expireApp(context, id);
    expired.releases += releases;
    expired.slugs += slugs;
  }
  const sources = await removeOldSources(context);
  const runtimes = await removeOldRuntimes(context, running);
  const caches = await removeCaches(context, running);
  const outputs = await removeOldOutputs(context);
  const imageBytes = await removeImages(context, running);
  const blobBytes = await removeUnusedBlobs(context, running);
  const bytes = caches.bytes + runtimes.bytes + outputs.bytes + imageBytes + blobBytes;
  return { ...expired, sources, caches: caches.count, runtimes: runtimes.count, outputs: outputs.count, bytes };
}

/** Things that were removed, and their size on disk. */
interface Removed {
  readonly count: number;
  readonly bytes: number;
}

async function expireApp(context: Context, appId: string): Promise<{ releases: number; slugs: number }> {
  return context.store.transaction(async (tx) => {
    await tx.lock(appId);
    const now = context.clock.now();
    const plan = planExpiry(await tx.releases.list({ appId }), await tx.slugs.list({ appId }), now);
    for (const { id } of plan.releases) await tx.releases.update(id, { status: 'expired', updatedAt: now });
    for (const { id } of plan.slugs) await tx.slugs.delete(id);
    await expireImages(tx, appId, now);
    return { releases: plan.releases.length, slugs: plan.slugs.length };
  });
}

async function removeOldSources(context: Context): Promise<number> {
  const { sources } = context.store.rows;
  const before = context.clock.now().getTime() - SOURCE_LIFE_MS;
  const old = (await sources.list()).filter(({ createdAt }) => createdAt.getTime() <= before);
  for (const { id } of old) await sources.delete(id);
  return old.length;
}

async function removeUnusedBlobs(context: Context, running: RunningBuilds): Promise<number> {
  let bytes = 0;
  for await (const { digest } of context.blobs.list()) {
    if (!running.idle) break;
    bytes += await removeUnusedBlob(context, digest);
  }
  return bytes;
}

async function removeCaches(context: Context, running: RunningBuilds): Promise<Removed> {
  const { caches } = context.home;
  let [count, bytes] = [0, 0];
  for (const name of await readdir(caches).catch(() => [])) {
    if (!running.idle) break;
    if (name.startsWith('.') || (await context.store.rows.apps.get(name))) continue;
    bytes += await bytesBelow(join(caches, name));
    await rm(join(caches, name), { recursive: true, force: true });
    count += 1;
  }
  return { count, bytes };
}

/** Build cache is the engine's and shared with whatever else is built on it: only what has been idle for long goes. */
async function removeImages(context: Context, running: RunningBuilds): Promise<number> {
  if (!running.idle) return 0;
  return (await removeUnusedImages(context)) + (await context.images.pruneCache(IDLE_CACHE_DAYS));
}
