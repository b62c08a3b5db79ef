import { createHash } from 'node:crypto';
import type { FastifyInstance } from 'fastify';

/** Gives JSON answers to GET an `ETag`, and 304 without a body to who has it already. */
export function addEtags(server: FastifyInstance): void {
  server.addHook('onSend', async (request, reply, payload) => {
    const isRead = request.method === 'GET' || request.method === 'HEAD';
    if (!isRead || typeof payload !== 'string' || reply.statusCode > 299) return payload;
    const etag = `"${createHash('sha256').update(payload).digest('base64url').slice(0, 27)}"`;
    reply.header('etag', etag);
    const known = String(request.headers['if-none-match'] ?? '').split(',');
    if (!known.some((candidate) => candidate.trim().replace(/^W\//, '') === etag)) return payload;
    reply.code(304).removeHeader('content-type');
    return '';
  });
}
