import { PlatformError } from '@jangada/platform-api';
import { CreateAppSetupRequest } from '@jangada/platform-api/requests';
import { isUuid } from '../../auth/require-app.ts';
import type { DeployParts } from '../../deploy/build-and-release.ts';
import { accountRoute, type Route } from '../../http/route.ts';
import { createAppSetup } from './create.ts';
import { presentAppSetup } from './present.ts';

export function appSetupRoutes(parts: DeployParts): readonly Route[] {
  return [
    accountRoute({
      method: 'POST',
      path: '/app-setups',
      body: CreateAppSetupRequest,
      status: 202,
      handle: async (call) => presentAppSetup(call.context, call.origin, await createAppSetup(parts, call)),
    }),
    accountRoute({
      method: 'GET',
      path: '/app-setups/:setup',
      async handle({ context, origin, actor, params }) {
        const id = params['setup'] ?? '';
        const setup = isUuid(id) ? await context.store.rows.appSetups.get(id) : null;
        if (setup?.accountId === actor.account.id) return presentAppSetup(context, origin, setup);
        throw new PlatformError('not_found', "Couldn't find that app setup.", { resource: 'app_setup' });
      },
    }),
  ];
}
