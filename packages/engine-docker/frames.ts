/** Which of a container's streams a frame carries. */
export type OutputStream = 'stdout' | 'stderr';

export type FrameSink = (stream: OutputStream, payload: Buffer) => void;

const HEADER_BYTES = 8;

/**
 * Takes apart the engine's multiplexed stream: frames of 8 header bytes (1 stdout, 2 stderr in the first, big-endian length
 * in the last four) and their payload. Payloads are handed on as they come, so a huge frame is never gathered in memory.
 */
export class FrameReader {
  readonly #sink: FrameSink;
  #header: Buffer = Buffer.alloc(0);
  #stream: OutputStream = 'stdout';
  #remaining = 0;

  constructor(sink: FrameSink) {
    this.#sink = sink;
  }

  push(chunk: Buffer): void {
    let at = 0;
    while (at < chunk.length) {
      if (this.#remaining === 0) {
        const wanted = HEADER_BYTES - this.#header.length;
        const part = chunk.subarray(at, at + wanted);
        at += part.length;
        this.#header = this.#header.length === 0 ? part : Buffer.concat([this.#header, part]);
        if (this.#header.length < HEADER_BYTES) break;
        this.#stream = this.#header[0] === 2 ? 'stderr' : 'stdout';
        this.#remaining = this.#header.readUInt32BE(4);
        this.#header = Buffer.alloc(0);
        continue;
      }
      const payload = chunk.subarray(at, at + this.#remaining);
      at += payload.length;
      this.#remaining -= payload.length;
      this.#sink(this.#stream, payload);
    }
  }
}
