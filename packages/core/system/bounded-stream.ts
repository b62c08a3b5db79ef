import { Readable } from 'node:stream';

/** Bytes that are let in without another look at whether there is room for them. */
export const STEP_BYTES = 16 * 1024 ** 2;

export interface StreamBounds {
  /** Bytes of all of it. */
  readonly limit: number;
  /** What the stream fails with when there are more. */
  tooLarge(): Error;
  /** Looks before bytes from `from` up to `to` are let in. What it throws ends the stream. */
  check(from: number, to: number): Promise<void>;
}

/** The same bytes within bounds, looked at while they come: many streams may be stored at once. */
export function boundedStream(content: Readable, { limit, tooLarge, check }: StreamBounds): Readable {
  const counted = async function* (): AsyncGenerator<Buffer> {
    let size = 0;
    let allowed = 0;
    for await (const chunk of content as AsyncIterable<Buffer>) {
      size += chunk.length;
      if (size > limit) throw tooLarge();
      for (; size > allowed; allowed += STEP_BYTES) await check(allowed, allowed + STEP_BYTES);
      yield chunk;
    }
  };
  return Readable.from(counted(), { objectMode: false });
}
