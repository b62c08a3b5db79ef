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
  '/spaces',
  '/teams',
  // Of telex.heroku.com; the forwarder brings it here.
  '/user/notifications',
  '/users/:account/addons',
];

const APP_LISTS = [
  '/apps/:app/addon-attachments',
  '/apps/:app/addons',
  '/apps/:app/log-drains',
  '/apps/:app/telemetry-drains',
  '/apps/:app/webhooks',
  '/apps/:app/webhook-deliveries',
  '/apps/:app/webhook-events',
];

/** Members of those lists: never found. The CLI looks at the status and at `resource` (cli-contract 3.3). */
const ACCOUNT_MEMBERS = [
  ['GET', '/account/app-transfers/:transfer', 'app_transfer'],
  ['GET', '/account/features/:feature', 'feature'],
  ['GET', '/account/keys/:key', 'key'],
  ['GET', '/addon-services/:service', 'addon_service'],
  ['GET', '/addons/:addon', 'add_on'],
  ['GET', '/addon-attachments/:attachment', 'add_on attachment'],
  ['GET', '/spaces/:space', 'space'],
  ['GET', '/teams/:team', 'team'],
  ['POST', '/actions/addons/resolve', 'add_on'],
  ['POST', '/actions/addon-attachments/resolve', 'add_on attachment'],
] as const;

const APP_MEMBERS = [
  ['/apps/:app/addon-attachments/:attachment', 'add_on attachment'],
  ['/apps/:app/addons/:addon', 'add_on'],
  ['/apps/:app/log-drains/:drain', 'log_drain'],
  ['/apps/:app/review-app', 'review_app'],
  ['/apps/:app/webhooks/:webhook', 'webhook'],
] as const;

/** What has members only once this platform offers it. */
export const unofferedRoutes: readonly Route[] = [
  ...ACCOUNT_LISTS.map((path) => accountRoute({ method: 'GET', path, handle: async () => [] })),
  ...APP_LISTS.map((path) => appRoute({ method: 'GET', path, permission: 'view', handle: async () => [] })),
  ...ACCOUNT_MEMBERS.map(([method, path, resource]) => accountRoute({ method, path, handle: missing(resource) })),
  ...APP_MEMBERS.map(([path, resource]) =>
    appRoute({ method: 'GET', path, permission: 'view', handle: missing(resource) }),
  ),
];

function missing(resource: string): () => Promise<never> {
  const name = resource.replaceAll('add_on', 'add-on').replaceAll('_', ' ');
  return async () => {
    throw new PlatformError('not_found', `Couldn't find that ${name}.`, { resource });
  };
}
