import type { Collaborator } from '@jangada/core';
import { CreateCollaboratorRequest } from '@jangada/platform-api/requests';
import { pageOf } from '../../http/page.ts';
import { type AppCall, appRoute } from '../../http/route.ts';
import { accountsById } from '../account/people.ts';
import { createCollaborator } from './create.ts';
import { destroyCollaborator } from './destroy.ts';
import { findCollaborator } from './find.ts';
import { presentCollaborator } from './present.ts';

export const collaboratorRoutes = [
  appRoute({
    method: 'GET',
    path: '/apps/:app/collaborators',
    permission: 'view',
    async handle(call) {
      const collaborators = await call.context.store.rows.collaborators.list({ appId: call.app.id });
      return pageOf(call, { id: 'uuid' }, collaborators, (items) => present(call, items));
    },
  }),
  appRoute({
    method: 'GET',
    path: '/apps/:app/collaborators/:collaborator',
    permission: 'view',
    async handle(call) {
      const { context, app, params } = call;
      return presentOne(call, await findCollaborator(context.store.rows, app.id, params['collaborator'] ?? ''));
    },
  }),
  appRoute({
    method: 'POST',
    path: '/apps/:app/collaborators',
    permission: 'manage',
    body: CreateCollaboratorRequest,
    status: 201,
    handle: async (call) => presentOne(call, await createCollaborator(call)),
  }),
  appRoute({
    method: 'DELETE',
    path: '/apps/:app/collaborators/:collaborator',
    permission: 'view',
    handle: async (call) => presentOne(call, await destroyCollaborator(call)),
  }),
];

async function present({ context, app }: AppCall, items: readonly Collaborator[]): Promise<object[]> {
  const accounts = await accountsById(
    context.store.rows,
    items.map((item) => item.accountId),
  );
  return items.map((item) => presentCollaborator(app, item, accounts));
}

async function presentOne(call: AppCall, collaborator: Collaborator): Promise<object | undefined> {
  return (await present(call, [collaborator]))[0];
}
