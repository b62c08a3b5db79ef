import type { OutputStreams } from '@jangada/core';
import { PlatformError } from '@jangada/platform-api';

interface Output {
  bytes: Buffer;
  /** Offset of the first byte that is kept. */
  start: number;
  finished: boolean;
  readonly waiting: Set<() => void>;
}

/** OutputStreams that forget everything with the process. */
export function createMemoryOutputStreams({ capBytes = 300_000_000, chunkBytes = 150_000_000 } = {}): OutputStreams {
  const outputs = new Map<string, Output>();
  const outputOf = (id: string): Output => {
    const output = outputs.get(id) ?? { bytes: Buffer.alloc(0), start: 0, finished: false, waiting: new Set() };
    outputs.set(id, output);
    return output;
  };
  const wake = (output: Output): void => {
    for (const resolve of output.waiting) resolve();
    output.waiting.clear();
  };

  return {
    async append(id, chunk) {
      const output = outputOf(id);
      if (output.finished) {
        throw new PlatformError('conflict', 'This output stream is finished; nothing can be added to it.');
      }
      output.bytes = Buffer.concat([output.bytes, chunk]);
      while (output.bytes.length > capBytes) {
        output.bytes = output.bytes.subarray(chunkBytes);
        output.start += chunkBytes;
      }
      wake(output);
    },

    async finish(id) {
      const output = outputOf(id);
      output.finished = true;
      wake(output);
    },

    async *read(id, signal) {
      const output = outputs.get(id);
      if (output === undefined) {
        throw new PlatformError('not_found', 'There is no such output (yet).', { resource: 'output_stream' });
      }
      let offset = 0;
      while (!signal.aborted) {
        offset = Math.max(offset, output.start);
        const bytes = output.bytes.subarray(offset - output.start);
        offset += bytes.length;
        if (bytes.length > 0) yield bytes;
        else if (output.finished) return;
        else {
          await new Promise<void>((resolve) => {
            output.waiting.add(resolve);
            signal.addEventListener('abort', () => resolve(), { once: true });
          });
        }
      }
    },

    async remove(id) {
      const output = outputs.get(id);
      outputs.delete(id);
      if (output === undefined) return;
      output.bytes = Buffer.alloc(0);
      output.finished = true;
      wake(output);
    },
  };
}
