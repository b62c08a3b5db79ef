import type { App, Digest, PushedImage, Slug, Transaction } from '@jangada/core';
import { isPlatformError } from '@jangada/platform-api';
import type { Context } from '../context.ts';

/**
 * Gives an app the images of a slug of another one that were pushed to the registry, under no name: the engine loads them from
 * there when it lost them, and whoever may see the app may pull them. Images that the engine built need nothing.
 */
export async function shareImages({ ids, clock }: Context, tx: Transaction, slug: Slug, app: App): Promise<void> {
  const imageIds = Object.values(slug.images ?? {}).map(({ imageId }) => imageId);
  const dates = { createdAt: clock.now(), updatedAt: clock.now() };
  for (const image of await tx.pushedImages.list({ appId: slug.appId, imageId: [...new Set(imageIds)] })) {
    for (const digest of blobsOf(image)) {
      const row = { id: ids.uuid(), appId: app.id, digest, createdAt: dates.createdAt };
      await tx.imageBlobs.insert(row).catch(ifNew);
    }
    const { type, digest } = image;
    if (await tx.pushedImages.find({ appId: app.id, type, digest })) continue;
    await tx.pushedImages.insert({ ...image, ...dates, id: ids.uuid(), appId: app.id, tags: [] });
  }
}

/** The app may have a layer already, or be getting it from a push at this moment. */
function ifNew(error: unknown): void {
  if (!isPlatformError(error, 'conflict')) throw error;
}

function blobsOf({ imageId, layers }: PushedImage): ReadonlySet<Digest> {
  return new Set([imageId, ...layers]);
}
