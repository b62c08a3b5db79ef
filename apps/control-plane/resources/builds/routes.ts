import { CreateBuildRequest } from '@jangada/platform-api/requests';
import type { DeployParts } from '../../deploy/build-and-release.ts';
import { startSourceBuild } from '../../deploy/source-build.ts';
import { pageOfTable } from '../../http/page.ts';
import { type AppCall, appRoute, type Route } from '../../http/route.ts';
import { cancelBuild } from './cancel.ts';
import { deleteBuildCache } from './delete-cache.ts';
import { findBuild } from './find.ts';
import { presentBuilds } from './present.ts';
import { buildResult } from './result.ts';

export function buildRoutes(parts: DeployParts): readonly Route[] {
  return [
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
      method: 'POST',
      path: '/apps/:app/builds',
      permission: 'deploy',
      body: CreateBuildRequest,
      status: 201,
      async handle(call) {
        const build = await startSourceBuild(parts, call.app, call.actor, call.body);
        return (await presentBuilds(call, [build]))[0];
      },
    }),
    appRoute({ method: 'GET', path: '/apps/:app/builds/:build', permission: 'view', handle: info }),
    appRoute({ method: 'GET', path: '/apps/:app/builds/:build/result', permission: 'view', handle: buildResult }),
    appRoute({
      method: 'DELETE',
      path: '/apps/:app/builds/:build',
      permission: 'deploy',
      handle: async (call) => (await presentBuilds(call, [await cancelBuild(call, parts.running)]))[0],
    }),
    appRoute({ method: 'DELETE', path: '/apps/:app/build-cache', permission: 'deploy', handle: deleteBuildCache }),
  ];
}

async function info(call: AppCall): Promise<object | undefined> {
  return (await presentBuilds(call, [await findBuild(call)]))[0];
}
