import type { LogSession as LogSessionShape } from '@heroku-cli/schema';
import type { LogSource } from '@jangada/core';
import { PlatformError } from '@jangada/platform-api';
import type { CreateLogSessionRequest } from '@jangada/platform-api/requests';
import { urlAt } from '../../http/origin.ts';
import type { AppCall } from '../../http/route.ts';
import { signGrant } from './grant.ts';

/** Lines that are kept and that may be asked for; without a number 100 are sent (behaviour 4.2). */
const MAX_LINES = 1_500;
const DEFAULT_LINES = 100;

/** Opens a log session: its URL is a capability, since log readers send no credentials (cli-contract 3.8). */
export async function createLogSession(call: AppCall<CreateLogSessionRequest>): Promise<LogSessionShape> {
  const { context, app, body, origin } = call;
  const capability = signGrant(context, {
    appId: app.id,
    lines: Math.min(body.lines ?? DEFAULT_LINES, MAX_LINES),
    tail: body.tail ?? false,
    source: readSource(body.source ?? null),
    ps: body.dyno ?? body.type ?? null,
  });
  const now = context.clock.now().toISOString();
  return {
    created_at: now,
    id: context.ids.uuid(),
    logplex_url: urlAt(origin, `/log-sessions/stream/${capability}`),
    updated_at: now,
  };
}

function readSource(source: string | null): LogSource | null {
  if (source === null || source === 'app' || source === 'heroku') return source;
  throw new PlatformError('invalid_params', `Log lines come from "app" or "heroku", not from "${source}".`);
}
