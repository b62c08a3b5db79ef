import { PlatformError } from '@jangada/platform-api';
import { isUuid } from '../../auth/require-app.ts';
import { pageOfTable } from '../../http/page.ts';
import { appRoute } from '../../http/route.ts';
import { presentBuilds } from './present.ts';

export const buildRoutes = [
  appRoute({
    method: 'GET',
    path: '/apps/:app/builds',
    permission: 'view',
    handle: (call) =>
      pageOfTable(call, { id: 'uuid' }, call.context.store.rows.builds, { appId: call.app.id }, (items) =>
        presentBuilds(call, items),
      ),
  }),
  appRoute({
    method: 'GET',
    path: '/apps/:app/builds/:build',
    permission: 'view',
    async handle(call) {
      const id = call.params['build'] ?? '';
      const build = isUuid(id) ? await call.context.store.rows.builds.get(id) : null;
      if (build?.appId !== call.app.id) {
        throw new PlatformError('not_found', "Couldn't find that build.", { resource: 'build' });
      }
      return (await presentBuilds(call, [build]))[0];
    },
  }),
];
