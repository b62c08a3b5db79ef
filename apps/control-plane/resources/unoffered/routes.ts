import { PlatformError } from '@jangada/platform-api';
import { accountRoute, appRoute, type Route } from '../../http/route.ts';

/** Lists of what cannot exist yet in this version: they are empty, and clients that only look go on. */
const ACCOUNT_LISTS = [
  '/account/app-transfers',
  '/account/features',
  '/account/keys',
  '/addon-attachments',
  '/addon-services',
  '/addons',
  '/oauth/clients',
  '/pipeline-couplings',
  '/pipelines',
  '/spaces',
  '/teams',
  '/users/:account/addons',
  '/users/~/pipeline-couplings',
];

const APP_LISTS = [
  '/apps/:app/addon-attachments',
  '/apps/:app/addons',
  '/apps/:app/log-drains',
  '/apps/:app/sni-endpoints',
  '/apps/:app/telemetry-drains',
  '/apps/:app/webhooks',
  '/apps/:app/webhook-deliveries',
  '/apps/:app/webhook-events',
];

const missing = (resource: string, name: string) => async (): Promise<never> => {
  throw new PlatformError('not_found', `Couldn't find that ${name}.`, { resource });
};

export const unofferedRoutes: readonly Route[] = [
  ...ACCOUNT_LISTS.map((path) => accountRoute({ method: 'GET', path, handle: async () => [] })),
  ...APP_LISTS.map((path) => appRoute({ method: 'GET', path, permission: 'view', handle: async () => [] })),
  // The CLI's resolvers look at `resource` of these answers (cli-contract 3.3).
  accountRoute({ method: 'POST', path: '/actions/addons/resolve', handle: missing('add_on', 'add-on') }),
  accountRoute({
    method: 'POST',
    path: '/actions/addon-attachments/resolve',
    handle: missing('add_on attachment', 'add-on attachment'),
  }),
  appRoute({
    method: 'GET',
    path: '/apps/:app/pipeline-couplings',
    permission: 'view',
    handle: missing('pipeline_coupling', 'pipeline coupling'),
  }),
];
