import { UpdateAccountRequest } from '@jangada/platform-api/requests';
import { type AccountCall, accountRoute } from '../../http/route.ts';
import { accountNotFound, requireKnown } from './known.ts';
import { presentAccount, presentPerson } from './present.ts';
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
      const asked = call.params['account'] ?? '';
      return isSelf(call, asked) ? presentAccount(call.actor.account) : presentPerson(await requireKnown(call, asked));
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
      if (!isSelf(call, call.params['account'] ?? '')) throw accountNotFound();
      return { account_quota: 0, quota_used: 0, apps: [] };
    },
  }),
];

/** By `~`, id or e-mail address. */
function isSelf({ actor }: AccountCall, asked: string): boolean {
  const { id, email } = actor.account;
  return asked === '~' || asked === id || asked.toLowerCase() === email;
}
