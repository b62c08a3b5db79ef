import { UpdateBuildpackInstallationsRequest } from '@jangada/platform-api/requests';
import { appRoute } from '../../http/route.ts';
import { presentBuildpackInstallation } from './present.ts';
import { updateBuildpackInstallations } from './update.ts';

export const buildpackInstallationRoutes = [
  appRoute({
    method: 'GET',
    path: '/apps/:app/buildpack-installations',
    permission: 'view',
    async handle({ context, app }) {
      const { buildpackInstallations } = context.store.rows;
      const rows = await buildpackInstallations.list({ appId: app.id }, { orderBy: 'ordinal' });
      return rows.map(presentBuildpackInstallation);
    },
  }),
  appRoute({
    method: 'PUT',
    path: '/apps/:app/buildpack-installations',
    permission: 'deploy',
    body: UpdateBuildpackInstallationsRequest,
    handle: async (call) => (await updateBuildpackInstallations(call)).map(presentBuildpackInstallation),
  }),
];
