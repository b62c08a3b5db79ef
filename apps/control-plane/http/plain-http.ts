import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { PlatformError } from '@jangada/platform-api';

/** Asked by load balancers and monitors, who tell nothing and learn nothing. */
const OPEN_PATHS = ['/health'];

/**
 * Refuses a request that crossed a network in clear text, which everything that this port serves is too secret for:
 * passwords, tokens, sources, signed URLs. Tells whether it did. Connections within this machine may be plain.
 */
export function refusePlainHttp(request: IncomingMessage, response: ServerResponse): boolean {
  const isClear = !('encrypted' in request.socket && request.socket.encrypted);
  if (!isClear || isWithinMachine(request.socket) || OPEN_PATHS.includes(request.url ?? '')) return false;
  const error = new PlatformError(
    'tls_required',
    'From other computers this port is reached over https only. What this request carried may have been read on its way: change a password or token that was in it. "bin/jangada client" on the server sets the Heroku CLI and git up.',
  );
  response.writeHead(error.status, { 'content-type': 'application/json', connection: 'close' });
  response.end(JSON.stringify({ id: error.id, message: error.message }));
  return true;
}

/** Whether both ends of a connection are on this machine: it came over the loopback, or from the very address it goes to. */
export function isWithinMachine({
  remoteAddress,
  localAddress,
}: Pick<Socket, 'remoteAddress' | 'localAddress'>): boolean {
  if (remoteAddress === undefined) return false;
  const remote = remoteAddress.replace(/^::ffff:/, '');
  return remote === '::1' || remote.startsWith('127.') || remoteAddress === localAddress;
}
