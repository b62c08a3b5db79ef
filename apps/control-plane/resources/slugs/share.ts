import type { App, Slug, Transaction } from '@jangada/core';
import { PlatformError } from '@jangada/platform-api';
import type { Context } from '../../context.ts';
import { shareImages } from '../../images/share-images.ts';

/**
 * Lets another app run what this slug is made of: the same content, byte for byte, under a row of that app's own, so that it
 * stays when the app that built it, or its slug, goes. The caller may deploy both apps, and holds the lock of the one that gets
 * it. Throws `not_found` when the slug is gone.
 */
export async function shareSlug(context: Context, tx: Transaction, slug: Slug, app: App): Promise<Slug> {
  // Changes nothing but holds the row: tidying, which removes content that no slug has, waits for the new one. The lock of the
  // other app would do as well, but two that wait for each other's app would come to a deadlock.
  const held = await tx.slugs.update(slug.id, { updatedAt: slug.updatedAt });
  if (!held) throw new PlatformError('not_found', "Couldn't find that slug.", { resource: 'slug' });
  await shareImages(context, tx, held, app);
  return tx.slugs.insert({ ...held, id: context.ids.uuid(), appId: app.id });
}
