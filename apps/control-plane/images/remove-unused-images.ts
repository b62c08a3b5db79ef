import type { Digest } from '@jangada/core';
import type { Context } from '../context.ts';

/** Removes images of the engine that no slug is made of. Bytes that this frees. */
export async function removeUnusedImages(context: Context): Promise<number> {
  const kept = await context.images.list();
  if (kept.length === 0) return 0;
  const used = await usedImages(context);
  let bytes = 0;
  for (const imageId of kept.filter((each) => !used.has(each))) bytes += await context.images.remove(imageId);
  return bytes;
}

/** Ids of the images that slugs are made of. */
export async function usedImages(context: Context): Promise<ReadonlySet<Digest>> {
  const slugs = await context.store.rows.slugs.list();
  return new Set(slugs.flatMap(({ images }) => Object.values(images ?? {}).map(({ imageId }) => imageId)));
}
