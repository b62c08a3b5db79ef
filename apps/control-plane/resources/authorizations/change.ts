import { type Authorization, hashToken } from '@jangada/core';
import { PlatformError } from '@jangada/platform-api';
import type { UpdateAuthorizationRequest } from '@jangada/platform-api/requests';
import { isUuid } from '../../auth/require-app.ts';
import { recordEvent } from '../../changes/record-event.ts';
import type { AccountCall } from '../../http/route.ts';
import { type NewAuthorization, newToken } from './issue.ts';

/** An authorization of the caller by id. `~`, Heroku's account-wide API key, does not exist here. Throws `not_found`. */
export async function findAuthorization({ context, actor, params }: AccountCall): Promise<Authorization> {
  const asked = params['authorization'] ?? '';
  const found = isUuid(asked) ? await context.store.rows.authorizations.get(asked) : null;
  if (found?.accountId !== actor.account.id) throw authorizationNotFound();
  return found;
}

/** Changes the description. */
export async function updateAuthorization(call: AccountCall<UpdateAuthorizationRequest>): Promise<Authorization> {
  const before = await findAuthorization(call);
  return write(call, before, { description: call.body.description ?? before.description });
}

/** Replaces the token; the old one is void at once. */
export async function regenerateToken(call: AccountCall): Promise<NewAuthorization> {
  const token = newToken(call.context);
  const authorization = await write(call, await findAuthorization(call), { tokenHash: hashToken(token) });
  return { account: call.actor.account, authorization, token };
}

/** Makes the token void. */
export async function destroyAuthorization(call: AccountCall): Promise<Authorization> {
  const authorization = await findAuthorization(call);
  await call.context.store.transaction(async (tx) => {
    await tx.authorizations.delete(authorization.id);
    await recordEvent(call.context, tx, {
      appId: null,
      actorId: call.actor.account.id,
      entity: 'api:oauth-authorization',
      action: 'destroy',
      data: { id: authorization.id },
    });
  });
  return authorization;
}

async function write(
  { context, actor }: AccountCall,
  { id }: Authorization,
  change: Partial<Pick<Authorization, 'description' | 'tokenHash'>>,
): Promise<Authorization> {
  return context.store.transaction(async (tx) => {
    const updated = await tx.authorizations.update(id, { ...change, updatedAt: context.clock.now() });
    if (!updated) throw authorizationNotFound();
    await recordEvent(context, tx, {
      appId: null,
      actorId: actor.account.id,
      entity: 'api:oauth-authorization',
      action: 'update',
      data: { id },
    });
    return updated;
  });
}

function authorizationNotFound(): PlatformError {
  return new PlatformError('not_found', "Couldn't find that authorization.", { resource: 'authorization' });
}
