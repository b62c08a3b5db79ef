import type { Digest } from '@jangada/core';
import type { Context } from '../context.ts';

/** Removes a blob unless a slug, a source or an image is made of it. Returns the bytes that this frees. */
export async function removeUnusedBlob(context: Context, digest: Digest): Promise<number> {
  const { slugs, sources, imageBlobs, pushedImages } = context.store.rows;
  const counts = [slugs, sources, imageBlobs, pushedImages].map((table) => table.count({ digest }));
  const users = (await Promise.all(counts)).reduce((sum, count) => sum + count, 0);
  const blob = users > 0 ? null : await context.blobs.stat(digest);
  if (blob === null) return 0;
  await context.blobs.delete(digest);
  return blob.size;
}
