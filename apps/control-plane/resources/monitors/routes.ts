import { CreateMonitorRequest, UpdateMonitorRequest } from '@jangada/platform-api/requests';
import { appRoute } from '../../http/route.ts';
import { createMonitor, updateMonitor } from './change.ts';
import { presentMonitor } from './present.ts';

/** What the CLI asks `api.metrics.heroku.com` for; the forwarder brings it here (cli-contract 1.5). */
export const monitorRoutes = [
  appRoute({
    method: 'GET',
    path: '/apps/:app/formation/:formation/monitors',
    permission: 'view',
    async handle({ context, app, params }) {
      const type = params['formation'] ?? '';
      return (await context.store.rows.monitors.list({ appId: app.id, type })).map(presentMonitor);
    },
  }),
  appRoute({
    method: 'POST',
    path: '/apps/:app/formation/:formation/monitors',
    permission: 'operate',
    status: 201,
    body: CreateMonitorRequest,
    handle: async (call) => presentMonitor(await createMonitor(call)),
  }),
  appRoute({
    method: 'PATCH',
    path: '/apps/:app/formation/:formation/monitors/:monitor',
    permission: 'operate',
    body: UpdateMonitorRequest,
    handle: async (call) => presentMonitor(await updateMonitor(call)),
  }),
];
