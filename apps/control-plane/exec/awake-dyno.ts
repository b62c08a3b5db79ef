import type { App, Dyno, DynoState, Where } from '@jangada/core';
import { PlatformError } from '@jangada/platform-api';
import { isUuid } from '../auth/require-app.ts';
import type { Context } from '../context.ts';
import type { Presence } from './presence.ts';

/** Milliseconds that a sleeping dyno may take to be up again, and the pace of looking. */
const WAKE = { withinMs: 60_000, paceMs: 100 } as const;

/** States of a dyno on its way from sleep. */
const WAKING: readonly DynoState[] = ['idle', 'created', 'provisioning', 'starting'];

/**
 * The dyno with this name or id, up, so that processes can be started in it. One that sleeps is woken and waited for. Throws
 * `not_found`, or `invalid_params` for one that is not up.
 */
export async function awakeDyno(
  context: Context,
  wake: Presence['wake'],
  app: App,
  nameOrId: string,
  gone: AbortSignal,
): Promise<Dyno> {
  let dyno = await find(context, app, nameOrId);
  if (dyno.state === 'idle') {
    wake(app.id);
    const deadline = context.clock.now().getTime() + WAKE.withinMs;
    while (WAKING.includes(dyno.state) && context.clock.now().getTime() < deadline) {
      await context.clock.sleep(WAKE.paceMs, gone);
      dyno = await find(context, app, nameOrId);
    }
  }
  if (dyno.state === 'up') return dyno;
  throw new PlatformError('invalid_params', `${dyno.name} is ${dyno.state}, not up. See heroku ps.`, {
    resource: 'dyno',
  });
}

/** Of an old and a new dyno with this name the newer one that is up. */
async function find(context: Context, app: App, nameOrId: string): Promise<Dyno> {
  const where: Where<Dyno> = isUuid(nameOrId) ? { appId: app.id, id: nameOrId } : { appId: app.id, name: nameOrId };
  const rows = await context.store.rows.dynos.list(where, { orderBy: 'createdAt', direction: 'desc' });
  const staying = rows.filter(({ stopping }) => stopping === null || stopping === 'restart');
  const found = staying.find(({ state }) => state === 'up') ?? staying[0];
  if (found) return found;
  throw new PlatformError('not_found', `Couldn't find the dyno ${nameOrId}. See heroku ps.`, { resource: 'dyno' });
}
