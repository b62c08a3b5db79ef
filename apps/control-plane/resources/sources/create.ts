import type { Source } from '@jangada/core';
import { PlatformError } from '@jangada/platform-api';
import type { Context } from '../../context.ts';

/** Sources that an account may have before the oldest are tidied away: all of them are looked at for their bytes. */
const MAX_SOURCES = 1_000;

/** A place for an archive that is still to come. Throws `rate_limit` when the account has too many. */
export async function createSource(context: Context, accountId: string): Promise<Source> {
  if ((await context.store.rows.sources.count({ accountId })) >= MAX_SOURCES) {
    throw new PlatformError(
      'rate_limit',
      `An account may have ${MAX_SOURCES} sources. The oldest go after a day: wait.`,
    );
  }
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
