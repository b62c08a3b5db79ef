import type { Account } from '@jangada/core';
import type { UpdateAccountRequest } from '@jangada/platform-api/requests';
import { recordEvent } from '../../changes/record-event.ts';
import type { AccountCall } from '../../http/route.ts';

/** Changes the caller's own account. */
export async function updateAccount({ context, actor, body }: AccountCall<UpdateAccountRequest>): Promise<Account> {
  const { account } = actor;
  if (body.name === undefined || body.name === account.name) return account;
  const { name } = body;
  return context.store.transaction(async (tx) => {
    const updated = await tx.accounts.update(account.id, { name, updatedAt: context.clock.now() });
    await recordEvent(context, tx, {
      appId: null,
      actorId: account.id,
      entity: 'api:account',
      action: 'update',
      data: { name },
    });
    return updated ?? account;
  });
}
