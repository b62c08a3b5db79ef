import { PlatformError } from '@jangada/platform-api';
import { CreateLogSessionRequest } from '@jangada/platform-api/requests';
import { appRoute, publicRoute, StreamReply } from '../../http/route.ts';
import { createLogSession } from './create.ts';
import { verifyGrant } from './grant.ts';
import { asEvents, asText, readSession } from './read.ts';

/** Without `tail` the CLI leaves at the end of the stream, but not before this time: by default it would idle for 3 s. */
const RETRY_MS = { tail: 1_000, once: 10 };

export const logSessionRoutes = [
  appRoute({
    method: 'POST',
    path: '/apps/:app/log-sessions',
    permission: 'view',
    body: CreateLogSessionRequest,
    status: 201,
    handle: createLogSession,
  }),
  publicRoute({
    method: 'GET',
    path: '/log-sessions/stream/:capability',
    stream: true,
    async handle({ context, params, headers, gone }) {
      const grant = verifyGrant(context, params['capability'] ?? '');
      const app = grant && (await context.store.rows.apps.get(grant.appId));
      if (!grant || !app) {
        throw new PlatformError('not_found', 'This log session is over. Open a new one.', { resource: 'log_session' });
      }
      const seen = Number(headers['last-event-id'] ?? Number.NaN);
      const lines = readSession(context.logs, grant, Number.isSafeInteger(seen) ? seen : null, gone);
      const wantsEvents = headers.accept?.includes('text/event-stream') ?? false;
      return wantsEvents
        ? new StreamReply(
            'text/event-stream',
            asEvents(lines, context.clock, grant.tail ? RETRY_MS.tail : RETRY_MS.once),
          )
        : new StreamReply('text/plain; charset=utf-8', asText(lines));
    },
  }),
];
