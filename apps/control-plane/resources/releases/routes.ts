import { CreateReleaseRequest } from '@jangada/platform-api/requests';
import { pageOfTable } from '../../http/page.ts';
import { appRoute } from '../../http/route.ts';
import { createRelease } from './create.ts';
import { findRelease } from './find.ts';
import { presentReleases } from './present.ts';

export const releaseRoutes = [
  appRoute({
    method: 'GET',
    path: '/apps/:app/releases',
    permission: 'view',
    async handle(call) {
      const { releases } = call.context.store.rows;
      return pageOfTable(call, { version: 'integer', id: 'uuid' }, releases, { appId: call.app.id }, (items) =>
        presentReleases(call, items),
      );
    },
  }),
  appRoute({
    method: 'GET',
    path: '/apps/:app/releases/:release',
    permission: 'view',
    async handle(call) {
      const release = await findRelease(call.context.store.rows, call.app.id, call.params['release'] ?? '');
      return (await presentReleases(call, [release]))[0];
    },
  }),
  appRoute({
    method: 'POST',
    path: '/apps/:app/releases',
    permission: 'deploy',
    body: CreateReleaseRequest,
    status: 201,
    handle: async (call) => (await presentReleases(call, [await createRelease(call)]))[0],
  }),
];
