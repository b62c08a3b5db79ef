import type { App } from '@jangada/core';
import { CreateAppRequest, FilterAppsRequest, UpdateAppRequest } from '@jangada/platform-api';
import { accountRoute, appRoute, type PublicCall } from '../../http/route.ts';
import { accountsById } from '../account/people.ts';
import { createApp } from './create.ts';
import { destroyApp } from './destroy.ts';
import { filterApps, listApps } from './list.ts';
import { presentApp } from './present.ts';
import { updateApp } from './update.ts';

export const appRoutes = [
  accountRoute({ method: 'GET', path: '/apps', handle: listApps }),
  accountRoute({ method: 'GET', path: '/users/:account/apps', handle: listApps }),
  accountRoute({ method: 'POST', path: '/filters/apps', body: FilterAppsRequest, handle: filterApps }),
  accountRoute({
    method: 'POST',
    path: '/apps',
    body: CreateAppRequest,
    status: 201,
    handle: async (call) => present(call, await createApp(call)),
  }),
  appRoute({ method: 'GET', path: '/apps/:app', permission: 'view', handle: async (call) => present(call, call.app) }),
  appRoute({
    method: 'PATCH',
    path: '/apps/:app',
    permission: 'operate',
    body: UpdateAppRequest,
    handle: async (call) => present(call, await updateApp(call)),
  }),
  appRoute({
    method: 'DELETE',
    path: '/apps/:app',
    permission: 'manage',
    handle: async (call) => present(call, await destroyApp(call)),
  }),
];

async function present({ context, origin }: PublicCall, app: App): Promise<object> {
  const accounts = await accountsById(context.store.rows, [app.ownerId]);
  return presentApp(app, { settings: context.settings, origin, accounts });
}
