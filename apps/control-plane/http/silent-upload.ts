import type { IncomingMessage } from 'node:http';

/** Milliseconds that a client may say nothing in the middle of a body: longer than any pause of a client that is still there. */
const SILENCE_MS = 5 * 60_000;

/**
 * Cuts the connection of a client that announced a body and sends no more of it: uploads take as long as they take, but nobody
 * holds a socket for nothing. What comes after the body, and the answer, are not bounded.
 */
export function cutSilentUpload(request: IncomingMessage, silenceMs = SILENCE_MS): void {
  const { headers, socket } = request;
  if (headers['content-length'] === undefined && headers['transfer-encoding'] === undefined) return;
  // Node's HTTP server destroys a socket whose time is over.
  socket.setTimeout(silenceMs);
  request.once('end', () => socket.setTimeout(0));
}
