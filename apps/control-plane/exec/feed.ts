import type { Readable } from 'node:stream';
import type { Connection, ServerChannel } from 'ssh2';
import type { Line } from './carry.ts';

/** Bytes that may wait for a client to read them before nothing more is taken from its processes. */
const MAX_UNREAD = 1024 * 1024;

/**
 * Gives a channel what a process writes, no faster than the client at the other end of the socket reads. ssh2 itself heeds
 * the channel's window only, which a client may open as wide as it likes, and while keys are exchanged, which a client may
 * begin at any time and never end, it keeps everything in a list of its own.
 */
export function feed(channel: ServerChannel, output: Readable, { client, socket }: Line): void {
  const isFull = (): boolean =>
    channel.writableNeedDrain || socket.writableLength > MAX_UNREAD || isExchangingKeys(client);
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
  client.on('rekey', goOn);
  output.once('close', () => {
    socket.off('drain', goOn);
    client.off('rekey', goOn);
  });
}

/** ssh2 tells the end of an exchange (`rekey`), but its beginning nowhere else. */
function isExchangingKeys(client: Connection): boolean {
  const { _protocol: protocol } = client as { readonly _protocol?: { readonly _kexinit?: unknown } };
  return protocol?._kexinit !== undefined;
}
