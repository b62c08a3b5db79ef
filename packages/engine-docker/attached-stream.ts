import type { Socket } from 'node:net';
import { Duplex } from 'node:stream';
import { FrameReader } from './frames.ts';

/**
 * The two-way stream of an attached process over the engine's raw connection. Reading gives stdout and stderr interleaved
 * (`framed`: without a terminal the engine wraps them in frames); ending the writable side closes stdin. Back-pressure
 * reaches the process.
 */
export function attachedStream(socket: Socket, framed: boolean): Duplex {
  const stream = new Duplex({
    allowHalfOpen: true,
    read() {
      socket.resume();
    },
    write(chunk: Buffer, _encoding, done) {
      // The process may be gone: then nobody reads what is typed, and that is not an error of the reader.
      if (socket.writable) socket.write(chunk, () => done());
      else done();
    },
    final(done) {
      if (socket.writable) socket.end(() => done());
      else done();
    },
    destroy(error, done) {
      socket.destroy();
      done(error);
    },
  });
  const forward = (payload: Buffer): void => {
    if (!stream.push(payload)) socket.pause();
  };
  const frames = new FrameReader((_stream, payload) => forward(payload));
  const finish = (): void => {
    if (!stream.readableEnded && !stream.destroyed) stream.push(null);
  };
  socket.on('data', (chunk: Buffer) => (framed ? frames.push(chunk) : forward(chunk)));
  socket.on('end', finish);
  socket.on('close', finish);
  socket.on('error', () => undefined);
  // A process that printed nothing may be over before this is called: its `end` is not told again.
  if (socket.readableEnded || socket.destroyed) finish();
  return stream;
}
