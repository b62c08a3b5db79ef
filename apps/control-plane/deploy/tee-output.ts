import { once } from 'node:events';
import { Writable } from 'node:stream';
import type { Context } from '../context.ts';

/** Bytes that may wait for a watcher who reads slowly. */
const MAX_WAITING = 16 * 1024 * 1024;

const SKIPPED =
  '\n !     Some of the output is not shown here: it came faster than it was read. It is kept with the build.\n';

/** What a build prints: to whoever watches, and into the build's output stream. */
export interface BuildOutput extends Writable {
  /** Ends the stored stream; the watcher's end stays open. */
  finish(): Promise<void>;
}

/**
 * The stream gets every byte, in order. So does the watcher, unless it reads so slowly that 16 MB wait for it: then it is told
 * once, and misses what comes until it has caught up. A watcher that went away, or a stream that cannot be written, never
 * fails the build.
 */
export function teeOutput(context: Context, streamId: string, watcher: Writable): BuildOutput {
  const stored = (chunk: Buffer): Promise<void> =>
    context.outputs.append(streamId, chunk).catch((error: unknown) => {
      context.report('build.output-lost', { streamId, error: String(error) });
    });
  let hasSkipped = false;
  const show = (chunk: Buffer): void => {
    if (watcher.writableLength <= MAX_WAITING) {
      watcher.write(chunk);
      return;
    }
    if (!hasSkipped) watcher.write(SKIPPED);
    hasSkipped = true;
  };
  const tee = new Writable({
    write(chunk: Buffer, _encoding, done) {
      show(chunk);
      stored(chunk).then(() => done());
    },
  });
  return Object.assign(tee, {
    async finish() {
      await new Promise<void>((resolve) => tee.end(resolve));
      await context.outputs.finish(streamId);
    },
  });
}

/** Writes chunks as fast as the output takes them. An output of a build waits for the disk, never for its watcher. */
export async function pourInto(output: Writable, chunks: AsyncIterable<Uint8Array>): Promise<void> {
  for await (const chunk of chunks) if (!output.write(chunk)) await once(output, 'drain');
}
