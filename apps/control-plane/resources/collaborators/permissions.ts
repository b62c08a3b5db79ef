import type { AppPermission } from '@jangada/core';
import { PlatformError } from '@jangada/platform-api';
import { requireApp } from '../../auth/require-app.ts';
import type { AppCall } from '../../http/route.ts';

export const OWNER_PERMISSIONS: readonly AppPermission[] = ['view', 'deploy', 'operate', 'manage'];

/** What a collaborator may do when nothing else is said: everything but manage (delete, rename, give access). */
export const COLLABORATOR_PERMISSIONS: readonly AppPermission[] = ['view', 'deploy', 'operate'];

/** Reads the permissions of a request; `view` comes with any other. Throws `invalid_params`. */
export function readPermissions(names: readonly string[] | undefined): readonly AppPermission[] {
  if (names === undefined) return COLLABORATOR_PERMISSIONS;
  const unknown = names.find((name) => !OWNER_PERMISSIONS.includes(name as AppPermission));
  if (unknown !== undefined) {
    const known = OWNER_PERMISSIONS.join(', ');
    throw new PlatformError('invalid_params', `There is no permission "${unknown}". Choose from: ${known}.`);
  }
  return OWNER_PERMISSIONS.filter((permission) => permission === 'view' || names.includes(permission));
}

/** For the part of an operation that needs more than the whole of it does. */
export async function requirePermission({ context, actor, app }: AppCall, permission: AppPermission): Promise<void> {
  await requireApp(context, actor, app.id, permission);
}
