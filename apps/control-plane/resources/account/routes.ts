import { PlatformError } from '@jangada/platform-api';
import { UpdateAccountRequest } from '@jangada/platform-api/requests';
import { type AccountCall, accountRoute } from '../../http/route.ts';
import { presentAccount } from './present.ts';
import { updateAccount } from './update.ts';

export const accountRoutes = [
  accountRoute({
    method: 'GET',
    path: '/account',
    handle: async ({ actor }) => presentAccount(actor.account),
  }),
  accountRoute({
    method: 'PATCH',
    path: '/account',
    body: UpdateAccountRequest,
    handle: async (call) => presentAccount(await updateAccount(call)),
  }),
  accountRoute({
    method: 'GET',
    path: '/users/:account',
    async handle(call) {
      requireSelf(call, call.params['account']);
      return presentAccount(call.actor.account);
    },
  }),
  accountRoute({
    method: 'GET',
    path: '/account/rate-limits',
    handle: async ({ rateLimitRemaining }) => ({ remaining: rateLimitRemaining }),
  }),
  accountRoute({
    method: 'GET',
    path: '/account/delinquency',
    handle: async () => ({ scheduled_suspension_time: null, scheduled_deletion_time: null }),
  }),
  // `heroku ps` asks for the Eco hours of the account. Nothing is metered here: no pool, nothing used of it.
  accountRoute({
    method: 'GET',
    path: '/accounts/:account/actions/get-quota',
    async handle(call) {
      requireSelf(call, call.params['account']);
      return { account_quota: 0, quota_used: 0, apps: [] };
    },
  }),
];

/** Accounts see themselves only: by `~`, id or e-mail address. */
function requireSelf({ actor }: AccountCall, asked: string | undefined): void {
  const { id, email } = actor.account;
  if (asked === '~' || asked === id || asked?.toLowerCase() === email) return;
  throw new PlatformError('not_found', "Couldn't find that account.", { resource: 'account' });
}
