import { CreateAppRequest, FilterAppsRequest, UpdateAppRequest } from '@jangada/platform-api/requests';
import { accountRoute, appRoute } from '../../http/route.ts';
import { answerWithApp } from './answer.ts';
import { createApp } from './create.ts';
import { destroyApp } from './destroy.ts';
import { filterApps, listApps } from './list.ts';
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
    handle: async (call) => answerWithApp(call, await createApp(call)),
  }),
  appRoute({
    method: 'GET',
    path: '/apps/:app',
    permission: 'view',
    handle: async (call) => answerWithApp(call, call.app),
  }),
  appRoute({
    method: 'PATCH',
    path: '/apps/:app',
    permission: 'operate',
    body: UpdateAppRequest,
    handle: async (call) => answerWithApp(call, await updateApp(call)),
  }),
  appRoute({
    method: 'DELETE',
    path: '/apps/:app',
    permission: 'manage',
    handle: async (call) => answerWithApp(call, await destroyApp(call)),
  }),
];
