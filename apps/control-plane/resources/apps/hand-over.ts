import type { Account, App, Transaction } from '@jangada/core';
import type { Context } from '../../context.ts';
import { COLLABORATOR_PERMISSIONS, OWNER_PERMISSIONS } from '../collaborators/permissions.ts';

/** Makes an account the owner of an app. Who owned it stays a collaborator. The caller holds the app's lock. */
export async function handOver({ ids, clock }: Context, tx: Transaction, app: App, owner: Account): Promise<void> {
  const updatedAt = clock.now();
  const people = await tx.collaborators.list({ appId: app.id });
  const before = people.filter(({ role, accountId }) => role === 'owner' && accountId !== owner.id);
  for (const { id } of before) {
    await tx.collaborators.update(id, { role: 'collaborator', permissions: COLLABORATOR_PERMISSIONS, updatedAt });
  }
  const owns = { role: 'owner', permissions: OWNER_PERMISSIONS, updatedAt } as const;
  const known = people.find(({ accountId }) => accountId === owner.id);
  if (known) await tx.collaborators.update(known.id, owns);
  else {
    const row = { ...owns, id: ids.uuid(), appId: app.id, accountId: owner.id, createdAt: updatedAt };
    await tx.collaborators.insert(row);
  }
  await tx.apps.update(app.id, { ownerId: owner.id, updatedAt });
}
