import { UpdateConfigVarsRequest } from '@jangada/platform-api/requests';
import { appRoute } from '../../http/route.ts';
import { findRelease } from '../releases/find.ts';
import { currentConfigVars } from '../releases/newest.ts';
import { updateConfigVars } from './update.ts';

export const configVarRoutes = [
  appRoute({
    method: 'GET',
    path: '/apps/:app/config-vars',
    permission: 'deploy',
    handle: async ({ context, app }) => currentConfigVars(context.store.rows, app.id),
  }),
  appRoute({
    method: 'PATCH',
    path: '/apps/:app/config-vars',
    permission: 'deploy',
    body: UpdateConfigVarsRequest,
    handle: updateConfigVars,
  }),
  appRoute({
    method: 'GET',
    path: '/apps/:app/releases/:release/config-vars',
    permission: 'deploy',
    handle: async ({ context, app, params }) =>
      (await findRelease(context.store.rows, app.id, params['release'] ?? '')).configVars,
  }),
];
