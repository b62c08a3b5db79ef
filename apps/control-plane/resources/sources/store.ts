import type { Readable } from 'node:stream';
import type { Source } from '@jangada/core';
import { PlatformError } from '@jangada/platform-api';
import type { Context } from '../../context.ts';
import { requireRoom, requireRoomStill } from '../../tidying/require-room.ts';
import { atMost } from './at-most.ts';
import { holdBytes } from './hold.ts';

/** Bytes of an archive of source code. */
export const MAX_SOURCE_BYTES = 1024 ** 3;

/**
 * Puts the content of a source into the blob store. Throws `payload_too_large`, `disk_full`, `rate_limit` when the account has
 * too many bytes of sources, and `conflict` when it has its content already: what a URL gives never changes.
 */
export async function storeSource(
  context: Context,
  source: Source,
  content: Readable,
  signal: AbortSignal,
): Promise<Source> {
  if (source.digest !== null) {
    throw new PlatformError('conflict', 'This source was uploaded already. Create another with POST /sources.');
  }
  await requireRoom(context, 'sources');
  const { sources } = context.store.rows;
  let held = 0;
  const archive = atMost(content, MAX_SOURCE_BYTES, async (from, to) => {
    await requireRoomStill(context, 'sources');
    await holdBytes(context, source, from, to);
    held = to;
  });
  try {
    const { digest, size } = await context.blobs.put(archive, signal);
    const stored = await sources.update(source.id, { digest, size, updatedAt: context.clock.now() });
    if (!stored) throw sourceNotFound();
    return stored;
  } catch (error) {
    // Bytes that cannot be given back count until the source's time is over.
    if (held > 0) await sources.update(source.id, { size: 0 }).catch(() => undefined);
    throw error;
  }
}

export function sourceNotFound(): PlatformError {
  return new PlatformError(
    'not_found',
    'There is no such source, or its time is over. Create one with POST /sources.',
    {
      resource: 'source',
    },
  );
}
