import { Writable } from 'node:stream';
import type { Context } from '../context.ts';

/** What a build prints: to whoever watches, and into the build's output stream. */
export interface BuildOutput extends Writable {
  /** Ends the stored stream; the watcher's end stays open. */
  finish(): Promise<void>;
}

/** Both get every byte, in order. A watcher that went away, or a stream that cannot be written, never fails the build. */
export function teeOutput(context: Context, streamId: string, watcher: Writable): BuildOutput {
  const stored = (chunk: Buffer): Promise<void> =>
    context.outputs.append(streamId, chunk).catch((error: unknown) => {
      context.report('build.output-lost', { streamId, error: String(error) });
    });
  const tee = new Writable({
    write(chunk: Buffer, _encoding, done) {
      watcher.write(chunk);
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
