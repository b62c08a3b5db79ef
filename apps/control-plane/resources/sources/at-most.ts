import type { Readable } from 'node:stream';
import { boundedStream, type StreamBounds, slugSizeText } from '@jangada/core';
import { PlatformError } from '@jangada/platform-api';

/** The same bytes; fails with `payload_too_large` when there are more than `limit`, and with what `check` throws. */
export function atMost(content: Readable, limit: number, check: StreamBounds['check']): Readable {
  const tooLarge = (): Error =>
    new PlatformError('payload_too_large', `An archive may have ${slugSizeText(limit)} at most.`);
  return boundedStream(content, { limit, check, tooLarge });
}
