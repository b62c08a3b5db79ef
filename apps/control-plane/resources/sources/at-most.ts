import { Readable } from 'node:stream';
import { slugSizeText } from '@jangada/core';
import { PlatformError } from '@jangada/platform-api';

/** The same bytes; fails with `payload_too_large` when there are more than `limit`. */
export function atMost(content: Readable, limit: number): Readable {
  const counted = async function* (): AsyncGenerator<Buffer> {
    let size = 0;
    for await (const chunk of content as AsyncIterable<Buffer>) {
      size += chunk.length;
      if (size > limit)
        throw new PlatformError('payload_too_large', `An archive may have ${slugSizeText(limit)} at most.`);
      yield chunk;
    }
  };
  return Readable.from(counted(), { objectMode: false });
}
