import { type App, type Dyno, isOneOff, type Where } from '@jangada/core';
import { PlatformError } from '@jangada/platform-api';
import type { Actor } from '../../auth/authenticate.ts';
import { isUuid } from '../../auth/require-app.ts';
import { changeApp } from '../../changes/change-app.ts';
import type { Context } from '../../context.ts';

/** `web.1`, an id, or a process type; null for all dynos. */
export type DynoSelector = { readonly dyno: string } | { readonly type: string } | null;

/** `heroku ps:restart`: web dynos serve on until their successors are up. One-offs are left alone (behaviour 1.6). */
export async function restartDynos(context: Context, actor: Actor, app: App, selector: DynoSelector): Promise<void> {
  await changeApp(context, actor, app.id, async ({ tx, event, log }) => {
    const selected = select(await tx.dynos.list({ appId: app.id }), app, selector);
    const formation = selected.filter((dyno) => !isOneOff(dyno) && dyno.stopping === null);
    for (const dyno of formation) await tx.dynos.update(dyno.id, { stopping: 'restart' });
    await event('api:dyno', 'destroy', { restarted: formation.map((dyno) => dyno.name) });
    log(`Restart ${nameOf(selector)} by user ${actor.account.email}`);
  });
}

/** `heroku ps:stop`: one-offs end; dynos of the formation are stopped now and start again (behaviour 1.3). */
export async function stopDynos(context: Context, actor: Actor, app: App, selector: DynoSelector): Promise<void> {
  await changeApp(context, actor, app.id, async ({ tx, event, log }) => {
    const selected = select(await tx.dynos.list({ appId: app.id }), app, selector);
    const running = selected.filter((dyno) => dyno.stopping === null || dyno.stopping === 'restart');
    for (const dyno of running) await tx.dynos.update(dyno.id, { stopping: 'stopped' });
    await event('api:dyno', 'destroy', { stopped: running.map((dyno) => dyno.name) });
    log(`Stop ${nameOf(selector)} by user ${actor.account.email}`);
  });
}

/** The dyno that a name or id means; the newest when an old and a new one share the name. Throws `not_found`. */
export async function findDyno(context: Context, app: App, nameOrId: string): Promise<Dyno> {
  const where: Where<Dyno> = isUuid(nameOrId) ? { appId: app.id, id: nameOrId } : { appId: app.id, name: nameOrId };
  const found = await context.store.rows.dynos.list(where, { orderBy: 'createdAt', direction: 'desc', limit: 1 });
  return found[0] ?? missing(nameOrId);
}

function select(dynos: readonly Dyno[], app: App, selector: DynoSelector): readonly Dyno[] {
  if (selector === null) return dynos;
  const wanted =
    'type' in selector ? dynos.filter((dyno) => dyno.type === selector.type) : byName(dynos, selector.dyno);
  if (wanted.length > 0) return wanted;
  if ('dyno' in selector) return missing(selector.dyno);
  throw new PlatformError('not_found', `Couldn't find any ${selector.type} dynos on ${app.name}. See heroku ps.`, {
    resource: 'dyno',
  });
}

/** Clients may give a type where a dyno is asked for. */
function byName(dynos: readonly Dyno[], text: string): readonly Dyno[] {
  return dynos.filter((dyno) => dyno.name === text || dyno.id === text || dyno.type === text);
}

function nameOf(selector: DynoSelector): string {
  if (selector === null) return 'all dynos';
  return 'type' in selector ? `all ${selector.type} dynos` : selector.dyno;
}

function missing(nameOrId: string): never {
  throw new PlatformError('not_found', `Couldn't find the dyno ${nameOrId}. See heroku ps.`, { resource: 'dyno' });
}
