import type { App, AppPermission, Rows } from '@jangada/core';
import { PlatformError } from '@jangada/platform-api';
import type { Context } from '../context.ts';
import type { Actor } from './authenticate.ts';

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/** Whether text may be asked of a UUID column. */
export function isUuid(text: string): boolean {
  return UUID.test(text);
}

/**
 * The app with this name or id, if the actor may do `permission` with it. Throws `not_found` (resource `app`) when there
 * is none or the actor has no access at all, so that names cannot be probed; `forbidden` when access is not enough.
 */
export async function requireApp(
  context: Context,
  actor: Pick<Actor, 'account'>,
  nameOrId: string,
  permission: AppPermission,
): Promise<App> {
  const { rows } = context.store;
  const app = await findApp(rows, nameOrId);
  const access = app && (await rows.collaborators.find({ appId: app.id, accountId: actor.account.id }));
  if (!app || !access) throw appNotFound();
  if (!access.permissions.includes(permission)) {
    throw new PlatformError(
      'forbidden',
      `You do not have the permission "${permission}" on ${app.name}. Ask its owner to grant it with \`heroku access:add\`.`,
      { resource: 'app' },
    );
  }
  return app;
}

export function appNotFound(): PlatformError {
  return new PlatformError('not_found', "Couldn't find that app.", { resource: 'app' });
}

function findApp(rows: Rows, nameOrId: string): Promise<App | null> {
  return isUuid(nameOrId) ? rows.apps.get(nameOrId.toLowerCase()) : rows.apps.find({ name: nameOrId });
}
