import type { Account, Collaborator } from '@jangada/core';
import { PlatformError } from '@jangada/platform-api';
import type { CreateCollaboratorRequest } from '@jangada/platform-api/requests';
import { isUuid } from '../../auth/require-app.ts';
import { changeApp } from '../../changes/change-app.ts';
import type { AppCall } from '../../http/route.ts';
import { readPermissions } from './permissions.ts';

/** Gives an account access to the app. */
export async function createCollaborator(call: AppCall<CreateCollaboratorRequest>): Promise<Collaborator> {
  const { context, actor, app, body } = call;
  const permissions = readPermissions(body.permissions);
  const account = await requireAccount(call, body.user);
  return changeApp(context, actor, app.id, async ({ tx, event, log }) => {
    if (await tx.collaborators.find({ appId: app.id, accountId: account.id })) {
      throw new PlatformError('invalid_params', `User ${account.email} is already a collaborator on app ${app.name}.`);
    }
    const now = context.clock.now();
    const collaborator = await tx.collaborators.insert({
      id: context.ids.uuid(),
      appId: app.id,
      accountId: account.id,
      role: 'collaborator',
      permissions,
      createdAt: now,
      updatedAt: now,
    });
    await event('api:collaborator', 'create', { email: account.email, permissions });
    log(`Add collaborator ${account.email} by user ${actor.account.email}`);
    return collaborator;
  });
}

async function requireAccount({ context }: AppCall, user: string): Promise<Account> {
  const { accounts } = context.store.rows;
  const account = await (isUuid(user) ? accounts.get(user) : accounts.find({ email: user.toLowerCase() }));
  if (account) return account;
  throw new PlatformError(
    'not_found',
    `There is no account ${user} on this Jangada. Ask its operator to create it first.`,
    { resource: 'account' },
  );
}
