import type { Source } from '@jangada/core';
import type { Context } from '../../context.ts';

/** A place for an archive that is still to come. */
export async function createSource(context: Context, accountId: string): Promise<Source> {
  const now = context.clock.now();
  return context.store.rows.sources.insert({
    id: context.ids.uuid(),
    accountId,
    digest: null,
    size: 0,
    createdAt: now,
    updatedAt: now,
  });
}
