import type { Account } from '@jangada/core';
import { PlatformError } from '@jangada/platform-api';
import { isUuid } from '../../auth/require-app.ts';
import type { AccountCall } from '../../http/route.ts';

/**
 * Another account by id or e-mail address, if the caller shares an app with it: then they see it among the collaborators
 * anyway. Throws `not_found` otherwise, so that accounts cannot be probed.
 */
export async function requireKnown({ context, actor }: AccountCall, asked: string): Promise<Account> {
  const { accounts, collaborators } = context.store.rows;
  const account = await (isUuid(asked)
    ? accounts.get(asked.toLowerCase())
    : accounts.find({ email: asked.toLowerCase() }));
  const own = await collaborators.list({ accountId: actor.account.id });
  const appId = own.map((one) => one.appId);
  if (account && (await collaborators.count({ accountId: account.id, appId })) > 0) return account;
  throw accountNotFound();
}

export function accountNotFound(): PlatformError {
  return new PlatformError('not_found', "Couldn't find that account.", { resource: 'account' });
}
