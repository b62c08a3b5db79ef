import { type App, type Dyno, type DynoState, isOneOff } from '@jangada/core';
import { PlatformError } from '@jangada/platform-api';
import type { Context } from '../context.ts';

/** Milliseconds that a sleeping dyno may take to be up again, and the pace of looking. */
const WAKE = { withinMs: 60_000, paceMs: 100 } as const;

/** States of a dyno on its way from sleep. */
const WAKING: readonly DynoState[] = ['idle', 'created', 'provisioning', 'starting'];

/**
 * The dyno of the formation with this name, up. One that sleeps is woken and waited for. Throws `not_found`, or
 * `invalid_params` for one that cannot be entered.
 */
export async function dynoToEnter(
  context: Context,
  wake: (appId: string) => void,
  app: App,
  name: string,
  gone: AbortSignal,
): Promise<Dyno> {
  const dyno = await findByName(context, app, name);
  if (isOneOff(dyno.type)) {
    throw refused(`${name} is a one-off dyno. Heroku Exec enters the dynos of the formation; use heroku run:inside.`);
  }
  const awake = dyno.state === 'idle' ? await wakeUp(context, wake, app, name, gone) : dyno;
  if (awake.state !== 'up') throw refused(`${name} is ${awake.state}, not up. See heroku ps.`);
  return awake;
}

async function wakeUp(
  context: Context,
  wake: (appId: string) => void,
  app: App,
  name: string,
  gone: AbortSignal,
): Promise<Dyno> {
  wake(app.id);
  const deadline = context.clock.now().getTime() + WAKE.withinMs;
  for (;;) {
    const dyno = await findByName(context, app, name);
    if (!WAKING.includes(dyno.state) || context.clock.now().getTime() >= deadline) return dyno;
    await context.clock.sleep(WAKE.paceMs, gone);
  }
}

/** Of an old and a new dyno with this name the newer one that is up. */
async function findByName(context: Context, app: App, name: string): Promise<Dyno> {
  const rows = await context.store.rows.dynos.list(
    { appId: app.id, name },
    { orderBy: 'createdAt', direction: 'desc' },
  );
  const staying = rows.filter(({ stopping }) => stopping === null || stopping === 'restart');
  const found = staying.find(({ state }) => state === 'up') ?? staying[0];
  if (found) return found;
  throw new PlatformError('not_found', `Couldn't find the dyno ${name}. See heroku ps.`, { resource: 'dyno' });
}

function refused(message: string): PlatformError {
  return new PlatformError('invalid_params', message, { resource: 'dyno' });
}
