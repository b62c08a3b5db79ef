import { PlatformError } from '@jangada/platform-api';
import type { FastifyInstance } from 'fastify';

/** Reads every body as JSON, whatever its content type, except for forms; an empty one counts as `{}`. */
export function parseBodiesAsJson(server: FastifyInstance): void {
  server.removeAllContentTypeParsers();
  server.addContentTypeParser(
    'application/x-www-form-urlencoded',
    { parseAs: 'string' },
    async (_request: unknown, body: string) =>
      body.trim().startsWith('{') ? parseJson(body) : Object.fromEntries(new URLSearchParams(body)),
  );
  server.addContentTypeParser('*', { parseAs: 'buffer' }, async (_request: unknown, body: Buffer) => {
    return parseJson(body.toString('utf8'));
  });
}

function parseJson(text: string): unknown {
  if (text.trim() === '') return {};
  try {
    return JSON.parse(text, dropPrototype);
  } catch {
    throw new PlatformError('bad_request', 'The request body is not valid JSON.');
  }
}

/** A `__proto__` member could reach the prototype of what it is copied into. */
function dropPrototype(key: string, value: unknown): unknown {
  return key === '__proto__' ? undefined : value;
}
