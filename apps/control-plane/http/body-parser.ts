import { PlatformError } from '@jangada/platform-api';
import type { FastifyInstance } from 'fastify';

/** Reads every body as JSON, whatever its content type; an empty one counts as `{}`. */
export function parseBodiesAsJson(server: FastifyInstance): void {
  server.removeAllContentTypeParsers();
  server.addContentTypeParser('*', { parseAs: 'buffer' }, async (_request: unknown, body: Buffer) => {
    const text = body.toString('utf8').trim();
    if (text === '') return {};
    try {
      return JSON.parse(text, dropPrototype) as unknown;
    } catch {
      throw new PlatformError('bad_request', 'The request body is not valid JSON.');
    }
  });
}

/** A `__proto__` member could reach the prototype of what it is copied into. */
function dropPrototype(key: string, value: unknown): unknown {
  return key === '__proto__' ? undefined : value;
}
