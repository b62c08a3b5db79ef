import type { Collaborator as CollaboratorShape } from '@heroku-cli/schema';
import type { Account, App, Collaborator } from '@jangada/core';
import { personOf } from '../account/people.ts';

const MEANINGS = {
  view: 'Can see the app, its dynos and its logs.',
  deploy: 'Can deploy code, change config vars and roll back.',
  operate: 'Can scale and restart dynos and change domains and features.',
  manage: 'Can give access to the app, rename it and delete it.',
};

export function presentCollaborator(
  app: App,
  collaborator: Collaborator,
  accounts: ReadonlyMap<string, Account>,
): CollaboratorShape {
  return {
    app: { id: app.id, name: app.name },
    created_at: collaborator.createdAt.toISOString(),
    id: collaborator.id,
    permissions: collaborator.permissions.map((name) => ({ name, description: MEANINGS[name] })),
    role: collaborator.role,
    updated_at: collaborator.updatedAt.toISOString(),
    user: { ...personOf(accounts, collaborator.accountId), federated: false },
  };
}
