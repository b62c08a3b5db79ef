import type { ClientRequest } from 'node:http';
import type { Duplex } from 'node:stream';
import { PlatformError } from '@jangada/platform-api';

/** Header that says how many bytes of JSON follow the head of a pipe's request: headers themselves end at 16 KB. */
export const INPUT_LENGTH = 'x-input-length';

/** Far above any input of ours; a length beyond it is not one of our clients. */
const MAX_INPUT_BYTES = 8 * 1024 * 1024;

/** Sends the input of a pipe right behind the request's head. */
export function sendPipeInput(request: ClientRequest, input: Buffer): void {
  request.once('finish', () => request.socket?.write(input));
  request.end();
}

/** Reads `length` bytes that `first` begins, leaves what comes after them on the socket, and gives them as JSON. */
export async function readPipeInput(socket: Duplex, first: Buffer, length: number): Promise<unknown> {
  if (!Number.isInteger(length) || length < 0 || length > MAX_INPUT_BYTES) {
    throw new PlatformError('payload_too_large', `The input of a pipe is at most ${MAX_INPUT_BYTES} bytes.`);
  }
  const chunks = [first];
  let bytes = first.length;
  while (bytes < length) {
    const chunk = await nextChunk(socket);
    chunks.push(chunk);
    bytes += chunk.length;
  }
  const all = Buffer.concat(chunks);
  if (bytes > length) socket.unshift(all.subarray(length));
  return length === 0 ? null : JSON.parse(all.subarray(0, length).toString());
}

function nextChunk(socket: Duplex): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const onGone = (): void => {
      socket.off('data', onData);
      reject(new PlatformError('bad_request', 'The connection ended before the input of the pipe had come.'));
    };
    const onData = (chunk: Buffer): void => {
      socket.pause();
      socket.off('close', onGone);
      socket.off('end', onGone);
      resolve(chunk);
    };
    socket.once('data', onData);
    socket.once('close', onGone);
    socket.once('end', onGone);
    socket.resume();
  });
}
