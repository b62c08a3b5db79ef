import type { Socket } from 'node:net';
import type { Readable } from 'node:stream';
import type { ServerChannel } from 'ssh2';

/** Bytes that may wait for a client to read them before nothing more is taken from its processes. */
const MAX_UNREAD = 1024 * 1024;

/**
 * Gives a channel what a process writes, no faster than the client at the other end of the socket reads. ssh2 itself heeds
 * the channel's window only, which a client may open as wide as it likes.
 */
export function feed(channel: ServerChannel, output: Readable, socket: Socket): void {
  const isFull = (): boolean => channel.writableNeedDrain || socket.writableLength > MAX_UNREAD;
  const goOn = (): void => {
    if (!isFull()) output.resume();
  };
  output.on('data', (chunk: Buffer) => {
    if (!channel.writable) return;
    channel.write(chunk);
    if (isFull()) output.pause();
  });
  channel.on('drain', goOn);
  socket.on('drain', goOn);
  output.once('close', () => socket.off('drain', goOn));
}
