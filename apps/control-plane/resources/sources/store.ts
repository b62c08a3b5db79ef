import type { Readable } from 'node:stream';
import type { Source } from '@jangada/core';
import { PlatformError } from '@jangada/platform-api';
import type { Context } from '../../context.ts';
import { atMost } from './at-most.ts';

/** Bytes of an archive of source code. */
export const MAX_SOURCE_BYTES = 1024 ** 3;

/**
 * Puts the content of a source into the blob store. Throws `payload_too_large`, `disk_full`, and `conflict` when it has its
 * content already: what a URL gives never changes.
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
  const { digest, size } = await context.blobs.put(atMost(content, MAX_SOURCE_BYTES), signal);
  const stored = await context.store.rows.sources.update(source.id, { digest, size, updatedAt: context.clock.now() });
  if (!stored) throw sourceNotFound();
  return stored;
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
