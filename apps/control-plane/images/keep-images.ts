import type { Digest, Slug } from '@jangada/core';
import { isPlatformError } from '@jangada/platform-api';
import { keepBuiltImages } from '@jangada/registry';
import type { Context } from '../context.ts';
import type { RunningBuilds } from '../deploy/running-builds.ts';
import { requireRoom } from '../tidying/require-room.ts';

/** An engine that takes longer than this to give out images has other troubles. */
const SAVE_MS = 10 * 60_000;

type Images = Slug['images'] & object;

/**
 * Takes the images that a slug is made of from the engine into the blob store, so that releases of it outlive the engine's own
 * store (decision 0080). What is there already is left as it is. Resolves when all of it is on disk. Throws `disk_full`,
 * `not_found`, `engine_unavailable`.
 */
export async function keepImages(
  context: Context,
  running: RunningBuilds,
  appId: string,
  images: Images,
  size: number,
  stopped?: AbortSignal,
): Promise<void> {
  // Blobs are tidied away only while nothing is built. The pusher may go; the images of a release are kept all the same.
  await running.run({ id: context.ids.uuid(), appId }, null, async (stop) => {
    const types = await missing(context, appId, images);
    if (types.size === 0) return;
    await requireRoom(context, 'images', size);
    const signal = AbortSignal.any([stop, AbortSignal.timeout(SAVE_MS), ...(stopped ? [stopped] : [])]);
    signal.throwIfAborted();
    const archive = await context.images.save([...types.keys()], signal);
    await keepBuiltImages(context, appId, types, archive, signal);
  });
}

/**
 * As `keepImages` for every slug there is: those of releases that were made while the platform was killed, while the disk was
 * full, or before images were kept. What cannot be is reported; a slug whose images the engine has lost stays as it is.
 */
export async function keepReleasedImages(
  context: Context,
  running: RunningBuilds,
  stopped: AbortSignal,
): Promise<void> {
  for (const { id, appId, images, size } of await context.store.rows.slugs.list()) {
    if (stopped.aborted) return;
    if (images === null) continue;
    await keepImages(context, running, appId, images, size, stopped).catch((error: unknown) => {
      context.report('images.not_kept', { appId, slugId: id, error: reasonOf(error) });
    });
  }
}

/** Why images could not be kept, for people. */
export function reasonOf(error: unknown): string {
  return isPlatformError(error) ? error.message : 'The operator finds the cause in the log.';
}

/** Image ids that are not in the blob store, with a process type that runs them. */
async function missing({ store }: Context, appId: string, images: Images): Promise<ReadonlyMap<Digest, string>> {
  const types = new Map<Digest, string>();
  for (const [type, { imageId }] of Object.entries(images)) {
    if (types.has(imageId) || (await store.rows.pushedImages.find({ appId, imageId })) !== null) continue;
    types.set(imageId, type);
  }
  return types;
}
