import { Readable } from 'node:stream';
import { slugSizeText } from '@jangada/core';
import { PlatformError } from '@jangada/platform-api';

/** Bytes of an archive that are let in without another look at whether there is room for them. */
export const STEP_BYTES = 16 * 1024 ** 2;

/** Looks before bytes from `from` up to `to` are let in. What it throws ends the archive. */
export type StepCheck = (from: number, to: number) => Promise<void>;

/** The same bytes; fails with `payload_too_large` when there are more than `limit`, and with what `check` throws. */
export function atMost(content: Readable, limit: number, check: StepCheck): Readable {
  const counted = async function* (): AsyncGenerator<Buffer> {
    let size = 0;
    let allowed = 0;
    for await (const chunk of content as AsyncIterable<Buffer>) {
      size += chunk.length;
      if (size > limit)
        throw new PlatformError('payload_too_large', `An archive may have ${slugSizeText(limit)} at most.`);
      for (; size > allowed; allowed += STEP_BYTES) await check(allowed, allowed + STEP_BYTES);
      yield chunk;
    }
  };
  return Readable.from(counted(), { objectMode: false });
}
