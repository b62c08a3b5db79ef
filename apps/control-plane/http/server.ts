import { findApiLink, PlatformError } from '@jangada/platform-api';
import Fastify, { type FastifyInstance, type FastifyServerOptions } from 'fastify';
import type { Context } from '../context.ts';
import { leaveBodiesUnread, parseBodiesAsJson } from './body-parser.ts';
import { answerBadAddress, answerErrors } from './errors.ts';
import { addEtags } from './etag.ts';
import { createRateLimit } from './rate-limit.ts';
import type { Route } from './route.ts';
import { apiRoutes } from './routes.ts';
import { schemaRoute } from './schema-document.ts';
import { serveRoute } from './serve-route.ts';

export interface HttpServerOptions {
  /** Operations beside those of `routes.ts`. */
  readonly routes?: readonly Route[];
  /** Makes the server that Fastify answers on; Node's own by default. */
  readonly serverFactory?: FastifyServerOptions['serverFactory'];
}

/** Largest body of a request in bytes. */
const BODY_LIMIT = 1024 * 1024;

/** The Platform API. Not listening yet: use `listen`, `inject`, or `ready` and `routing` behind a listener of your own. */
export function createHttpServer(context: Context, options: HttpServerOptions = {}): FastifyInstance {
  const server: FastifyInstance = Fastify({
    bodyLimit: BODY_LIMIT,
    frameworkErrors: answerBadAddress,
    genReqId: () => context.ids.uuid(),
    routerOptions: { ignoreTrailingSlash: true, maxParamLength: 4_096 },
    ajv: { customOptions: { coerceTypes: false, removeAdditional: false, useDefaults: false } },
    ...(options.serverFactory ? { serverFactory: options.serverFactory } : {}),
  });
  server.addHook('onRequest', async (request, reply) => {
    reply.header('request-id', request.id);
  });
  parseBodiesAsJson(server);
  answerErrors(server, context);
  addEtags(server);
  server.setNotFoundHandler(async (request) => {
    throw noSuchOperation(request.method, request.url.split('?')[0] ?? '');
  });
  const rateLimit = createRateLimit(context.clock);
  const routes = [...apiRoutes(context.clock, context.ids), ...(options.routes ?? [])];
  const all = [...routes, schemaRoute(routes)];
  for (const route of all.filter(({ upload }) => !upload)) serveRoute(server, context, rateLimit, route);
  server.register(async (uploads) => {
    leaveBodiesUnread(uploads);
    for (const route of all.filter(({ upload }) => upload)) serveRoute(uploads, context, rateLimit, route);
  });
  return server;
}

/** What the published API has and we do not says so (501); everything else is 404. */
function noSuchOperation(method: string, path: string): PlatformError {
  const link = findApiLink(method, path);
  if (link) {
    return new PlatformError(
      'not_implemented',
      `This version of Jangada does not offer ${link.method} ${link.path} (${link.resource}) yet.`,
    );
  }
  return new PlatformError('not_found', `There is no ${method} ${path} in this API.`);
}
