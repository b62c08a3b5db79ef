import { planImageExpiry, type Transaction } from '@jangada/core';

/** Removes what nobody needs of an app's part of the registry; the blobs go with the next look for unused ones. */
export async function expireImages(tx: Transaction, appId: string, now: Date): Promise<void> {
  const images = await tx.pushedImages.list({ appId });
  const blobs = await tx.imageBlobs.list({ appId });
  const slugs = await tx.slugs.list({ appId });
  const used = new Set(slugs.flatMap((slug) => Object.values(slug.images ?? {}).map(({ imageId }) => imageId)));
  const plan = planImageExpiry(images, blobs, used, now);
  for (const { id } of plan.images) await tx.pushedImages.delete(id);
  for (const { id } of plan.blobs) await tx.imageBlobs.delete(id);
}
