import type { Settings } from '@jangada/core';
import type { FastifyRequest } from 'fastify';
import type { Origin } from './route.ts';

const HOST = /^([a-z0-9.-]+|\[[0-9a-f:]+\])(:\d{1,5})?$/i;

/**
 * The address by which this client reaches us. Behind a forwarder that is the forwarder's own, so it is taken from the
 * Host header, not from the settings.
 */
export function originOf(request: FastifyRequest, settings: Settings): Origin {
  const scheme = 'encrypted' in request.raw.socket && request.raw.socket.encrypted ? 'https' : 'http';
  const host = request.headers.host ?? '';
  return { scheme, host: HOST.test(host) ? host.toLowerCase() : `127.0.0.1:${settings.port}` };
}

/** Where git pushes to: always https, as the CLI writes its remotes (cli-contract 1.2). */
export function gitUrl(origin: Origin, appName: string): string {
  return `https://${origin.host}/${appName}.git`;
}

/** A URL on this server that the client can open. */
export function urlAt(origin: Origin, path: string): string {
  return `${origin.scheme}://${origin.host}${path}`;
}
