import type { App, Slug, Transaction } from '@jangada/core';
import { PlatformError } from '@jangada/platform-api';
import type { Context } from '../../context.ts';
import { shareImages } from '../../images/share-images.ts';

/**
 * Lets another app run what this slug is made of: the same content, byte for byte, under a row of that app's own, so that it
 * stays when the app that built it, or its slug, goes. The caller may deploy both apps. Throws `not_found` when the slug is gone.
 */
export async function shareSlug(context: Context, tx: Transaction, slug: Slug, app: App): Promise<Slug> {
  // Tidying removes slugs under the lock of their app, and content once no slug has it.
  await tx.lock(slug.appId);
  const fresh = await tx.slugs.get(slug.id);
  if (!fresh) throw new PlatformError('not_found', "Couldn't find that slug.", { resource: 'slug' });
  await shareImages(context, tx, fresh, app);
  return tx.slugs.insert({ ...fresh, id: context.ids.uuid(), appId: app.id });
}
