import { Readable } from 'node:stream';
import { type AcceptedVersion, PlatformError, parseAccept } from '@jangada/platform-api';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { authenticate } from '../auth/authenticate.ts';
import { requireApp } from '../auth/require-app.ts';
import { requireScope } from '../auth/scope.ts';
import type { Context } from '../context.ts';
import { originOf } from './origin.ts';
import { Page } from './page.ts';
import type { RateLimit } from './rate-limit.ts';
import { type AccountCall, type AppCall, type PublicCall, type Route, StreamReply } from './route.ts';

/** What is known of a request before its body is read. */
type Admission = Partial<Pick<AppCall, 'actor' | 'rateLimitRemaining' | 'app'>> & { readonly accept: AcceptedVersion };

/** Puts one operation on the server: who asks and whether they may comes first, then the body's shape, then the use case. */
export function serveRoute(server: FastifyInstance, context: Context, rateLimit: RateLimit, route: Route): void {
  const admissions = new WeakMap<FastifyRequest, Admission>();
  server.route({
    method: route.method,
    url: route.path,
    exposeHeadRoute: route.method === 'GET' && !route.stream,
    schema: route.body === null ? {} : { body: route.body },
    onRequest: async (request, reply) => {
      admissions.set(request, await admit(context, rateLimit, route, request, reply));
    },
    // A body that is not there is an empty one, so that the shape can say which field is missing.
    preValidation: async (request) => {
      if (route.body !== null && (request.body === undefined || request.body === null)) request.body = {};
    },
    handler: async (request, reply) => {
      const call = callOf(context, request, reply, admissions.get(request));
      return send(context, reply, route, await route.handle(call as never));
    },
  });
}

async function admit(
  context: Context,
  rateLimit: RateLimit,
  route: Route,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<Admission> {
  const accept = parseAccept(route.stream ? undefined : request.headers.accept);
  if (route.access === 'public') return { accept };
  const actor = await authenticate(context, request.headers.authorization);
  const rateLimitRemaining = rateLimit.take(actor.account.id);
  reply.header('ratelimit-remaining', String(rateLimitRemaining ?? 0));
  if (rateLimitRemaining === null) {
    throw new PlatformError(
      'rate_limit',
      'Your account reached the API rate limit. Please wait a few minutes before making new requests.',
    );
  }
  requireScope(actor.authorization.scope, route.method, route.path);
  if (route.access === 'account') return { accept, actor, rateLimitRemaining };
  const { app: nameOrId = '' } = request.params as Record<string, string>;
  return { accept, actor, rateLimitRemaining, app: await requireApp(context, actor, nameOrId, route.access) };
}

function callOf(
  context: Context,
  request: FastifyRequest,
  reply: FastifyReply,
  admission: Admission | undefined,
): PublicCall | AccountCall | AppCall {
  const gone = new AbortController();
  reply.raw.on('close', () => gone.abort(new Error('the client went away')));
  return {
    context,
    origin: originOf(request, context.settings),
    address: request.ip,
    headers: request.headers,
    params: request.params as Record<string, string>,
    query: request.query as Record<string, unknown>,
    body: request.body,
    gone: gone.signal,
    accept: { version: 3, variant: null },
    ...admission,
  };
}

function send(context: Context, reply: FastifyReply, route: Route, result: unknown): FastifyReply {
  if (result instanceof StreamReply) {
    const stream = Readable.from(result.chunks, { objectMode: false });
    stream.on('error', (error) => {
      if (!reply.raw.destroyed) context.report('stream-broke', { route: route.path, error: String(error) });
    });
    // A connection kept alive would keep the CLI waiting for seconds after the last log line.
    reply
      .headers(result.headers)
      .headers({ 'cache-control': 'no-store', connection: 'close' })
      .type(result.contentType);
    return reply.code(result.status).send(stream);
  }
  reply.type('application/json');
  if (!(result instanceof Page)) return reply.code(route.status).send(JSON.stringify(result ?? {}));
  reply.code(result.nextRange === null ? route.status : 206);
  reply.header('accept-ranges', result.attributes.join(', '));
  if (result.contentRange !== null) reply.header('content-range', result.contentRange);
  if (result.nextRange !== null) reply.header('next-range', result.nextRange);
  return reply.send(JSON.stringify(result.items));
}
