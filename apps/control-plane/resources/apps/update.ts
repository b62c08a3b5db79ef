import { type App, defaultHostname } from '@jangada/core';
import { isPlatformError, PlatformError } from '@jangada/platform-api';
import type { UpdateAppRequest } from '@jangada/platform-api/requests';
import { type AppChange, changeApp } from '../../changes/change-app.ts';
import type { Context } from '../../context.ts';
import type { AppCall } from '../../http/route.ts';
import { requirePermission } from '../collaborators/permissions.ts';
import { standingRelease } from '../releases/newest.ts';
import { requireStack } from '../stacks/catalog.ts';
import { nameTaken, requireAppName } from './name.ts';

/** Changes maintenance, the stack of the next build, or the name with its default domain. */
export async function updateApp(call: AppCall<UpdateAppRequest>): Promise<App> {
  const { context, actor, app, body } = call;
  const isRename = body.name !== undefined && requireAppName(body.name) !== app.name;
  const asked = {
    ...(body.maintenance === undefined ? {} : { maintenance: body.maintenance }),
    ...(body.build_stack === undefined ? {} : { buildStack: requireStack(body.build_stack) }),
    ...(isRename ? { name: body.name } : {}),
  };
  if (isRename) await requirePermission(call, 'manage');
  return changeApp(context, actor, app.id, async (change) => {
    const by = `by user ${actor.account.email}`;
    // What was not asked for stays as it is now: somebody else may have changed it since this request came.
    const { name, maintenance, buildStack } = { ...change.app, ...asked };
    if (maintenance !== change.app.maintenance) change.log(`Maintenance mode ${maintenance ? 'on' : 'off'} ${by}`);
    if (name !== change.app.name) {
      await moveDefaultDomain(context, change, name);
      change.log(`Rename ${change.app.name} to ${name} ${by}`);
    }
    // An app that has no code yet is on the stack of its first build.
    const hasCode = Boolean((await standingRelease(change.tx, app.id))?.slugId);
    const changed = { name, maintenance, buildStack, ...(hasCode ? {} : { stack: buildStack }) };
    await change.event('api:app', 'update', { name, maintenance, buildStack });
    return (await change.tx.apps.update(app.id, { ...changed, updatedAt: context.clock.now() })) ?? change.app;
  }).catch((error: unknown) => {
    throw isPlatformError(error, 'conflict') ? nameTaken(body.name ?? app.name) : error;
  });
}

/** The default domain follows the name, and so does the DNS target that custom domains show. */
async function moveDefaultDomain(context: Context, { tx, app }: AppChange, name: string): Promise<void> {
  const hostname = defaultHostname(context.settings, name);
  const taken = await tx.domains.find({ hostname });
  if (taken && taken.appId !== app.id) {
    throw new PlatformError('invalid_params', `${hostname} is a domain of another app. Choose another name.`);
  }
  const updatedAt = context.clock.now();
  for (const domain of await tx.domains.list({ appId: app.id })) {
    const moved = domain.kind === 'heroku' ? { hostname } : { cname: hostname };
    await tx.domains.update(domain.id, { ...moved, updatedAt });
  }
}
