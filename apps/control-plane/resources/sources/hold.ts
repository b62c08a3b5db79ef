import type { Source } from '@jangada/core';
import { PlatformError } from '@jangada/platform-api';
import type { Context } from '../../context.ts';
import { SOURCE_LIFE_MS } from './url.ts';

const GIGABYTE = 1024 ** 3;

/** Bytes of all the sources of one account that are kept. The same content counts once, as it is stored once. */
export const MAX_ACCOUNT_BYTES = 8 * GIGABYTE;

/**
 * Lets a source that has `from` bytes of its account's share have `to` bytes, before they come: so what comes at the same time
 * counts. Throws `rate_limit` when the account has too much already, `conflict` when somebody else stores the same source.
 */
export async function holdBytes(context: Context, { id, accountId }: Source, from: number, to: number): Promise<void> {
  await context.store.transaction(async (tx) => {
    await tx.lock(accountId);
    const now = context.clock.now();
    const kept = (await tx.sources.list({ accountId })).filter((source) => isKept(source, now));
    const own = kept.find((source) => source.id === id);
    if (own?.size !== from || own.digest !== null) {
      throw new PlatformError('conflict', 'This source is being uploaded already. Create another with POST /sources.');
    }
    const sizes = new Map(kept.map(({ id: other, digest, size }) => [digest ?? other, size]));
    const held = [...sizes.values()].reduce((sum, size) => sum + size, 0);
    if (held - from + to > MAX_ACCOUNT_BYTES) {
      throw new PlatformError(
        'rate_limit',
        `An account may upload or fetch ${MAX_ACCOUNT_BYTES / GIGABYTE} GB of archives within 24 hours. Wait, or deploy with git push.`,
      );
    }
    await tx.sources.update(id, { size: to, updatedAt: now });
  });
}

function isKept({ createdAt }: Source, now: Date): boolean {
  return createdAt.getTime() > now.getTime() - SOURCE_LIFE_MS;
}
