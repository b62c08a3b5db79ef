import type { Digest } from '@jangada/core';
import type { Context } from '../context.ts';

/** Removes a blob unless a slug or a source is made of it. Returns the bytes that this frees. */
export async function removeUnusedBlob(context: Context, digest: Digest): Promise<number> {
  const { slugs, sources } = context.store.rows;
  const users = (await slugs.count({ digest })) + (await sources.count({ digest }));
  const blob = users > 0 ? null : await context.blobs.stat(digest);
  if (blob === null) return 0;
  await context.blobs.delete(digest);
  return blob.size;
}
