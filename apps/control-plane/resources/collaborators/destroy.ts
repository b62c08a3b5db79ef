import type { Collaborator } from '@jangada/core';
import { PlatformError } from '@jangada/platform-api';
import { changeApp } from '../../changes/change-app.ts';
import type { AppCall } from '../../http/route.ts';
import { findCollaborator } from './find.ts';
import { requirePermission } from './permissions.ts';

/** Takes access away: from others it needs `manage`, from oneself nothing (`heroku apps:leave`). */
export async function destroyCollaborator(call: AppCall): Promise<Collaborator> {
  const { context, actor, app, params } = call;
  const asked = params['collaborator'] ?? '';
  const { id, accountId } = await findCollaborator(context.store.rows, app.id, asked);
  if (accountId !== actor.account.id) await requirePermission(call, 'manage');
  return changeApp(context, actor, app.id, async ({ tx, event, log }) => {
    const collaborator = await findCollaborator(tx, app.id, id);
    if (collaborator.role === 'owner') {
      throw new PlatformError('forbidden', 'The owner of an app cannot leave it. Transfer or delete the app instead.');
    }
    await tx.collaborators.delete(collaborator.id);
    await event('api:collaborator', 'destroy', { accountId });
    log(`Remove collaborator ${asked} by user ${actor.account.email}`);
    return collaborator;
  });
}
