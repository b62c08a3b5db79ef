import { isPlatformError, PlatformError } from '@jangada/platform-api';
import type { FastifyInstance } from 'fastify';

/** Reads every body as JSON, whatever its content type, except for forms; an empty one counts as `{}`. */
export function parseBodiesAsJson(server: FastifyInstance): void {
  server.removeAllContentTypeParsers();
  server.addContentTypeParser(
    'application/x-www-form-urlencoded',
    { parseAs: 'string' },
    async (_request: unknown, body: string) => (body.trim().startsWith('{') ? parseJson(body) : parseForm(body)),
  );
  server.addContentTypeParser('*', { parseAs: 'buffer' }, async (_request: unknown, body: Buffer) => {
    return parseJson(body.toString('utf8'));
  });
}

/** Hands every body on as the stream that it is. */
export function leaveBodiesUnread(server: FastifyInstance): void {
  server.removeAllContentTypeParsers();
  server.addContentTypeParser('*', (_request, body, done) => done(null, body));
}

function parseJson(text: string): unknown {
  if (text.trim() === '') return {};
  try {
    return JSON.parse(text, guard);
  } catch (error) {
    if (isPlatformError(error)) throw error;
    throw new PlatformError('bad_request', 'The request body is not valid JSON.');
  }
}

function parseForm(text: string): object {
  const fields = [...new URLSearchParams(text)];
  return Object.fromEntries(fields.map(([key, value]) => [key, guard(key, value)]));
}

/** A `__proto__` member could reach the prototype of what it is copied into; the database cannot hold null characters. */
function guard(key: string, value: unknown): unknown {
  if (key.includes('\0') || (typeof value === 'string' && value.includes('\0'))) {
    const field = key.replaceAll('\0', '');
    throw new PlatformError('invalid_params', `The field "${field}" contains a null character, which cannot be kept.`);
  }
  return key === '__proto__' ? undefined : value;
}
