import type { Authorization } from '@jangada/core';
import { PlatformError } from '@jangada/platform-api';
import { CreateAuthorizationRequest, UpdateAuthorizationRequest } from '@jangada/platform-api/requests';
import type { FailedLogins } from '../../auth/failed-logins.ts';
import { pageOf } from '../../http/page.ts';
import { type AccountCall, accountRoute, type PublicCall, publicRoute, type Route } from '../../http/route.ts';
import { destroyAuthorization, findAuthorization, regenerateToken, updateAuthorization } from './change.ts';
import { createAuthorization } from './create.ts';
import type { NewAuthorization } from './issue.ts';
import { presentAuthorization } from './present.ts';

export const authorizationRoutes = (failedLogins: FailedLogins): readonly Route[] => [
  publicRoute({
    method: 'POST',
    path: '/oauth/authorizations',
    body: CreateAuthorizationRequest,
    status: 201,
    handle: async (call) => presentNew(call, await createAuthorization(call, failedLogins)),
  }),
  accountRoute({
    method: 'GET',
    path: '/oauth/authorizations',
    async handle(call) {
      const { context, actor } = call;
      const authorizations = await context.store.rows.authorizations.list({ accountId: actor.account.id });
      return pageOf(call, { id: 'uuid' }, authorizations, (items) => items.map((item) => present(call, item)));
    },
  }),
  accountRoute({
    method: 'GET',
    path: '/oauth/authorizations/:authorization',
    handle: async (call) => present(call, await findAuthorization(call)),
  }),
  accountRoute({
    method: 'PATCH',
    path: '/oauth/authorizations/:authorization',
    body: UpdateAuthorizationRequest,
    handle: async (call) => present(call, await updateAuthorization(call)),
  }),
  accountRoute({
    method: 'DELETE',
    path: '/oauth/authorizations/:authorization',
    handle: async (call) => present(call, await destroyAuthorization(call)),
  }),
  accountRoute({
    method: 'POST',
    path: '/oauth/authorizations/:authorization/actions/regenerate-tokens',
    handle: async (call) => presentNew(call, await regenerateToken(call)),
  }),
  // Logins are authorizations here, never sessions; the CLI takes this 404 as the end of a logout (cli-contract 3.6).
  accountRoute({ method: 'GET', path: '/oauth/sessions', handle: async () => [] }),
  accountRoute({
    method: 'DELETE',
    path: '/oauth/sessions/:session',
    async handle() {
      throw new PlatformError('not_found', "Couldn't find that session.", { resource: 'session' });
    },
  }),
];

function present({ context, actor }: AccountCall, authorization: Authorization): object {
  const token = authorization.id === actor.authorization.id ? actor.redactedToken : null;
  return presentAuthorization(actor.account, authorization, token, context.clock.now());
}

function presentNew({ context }: PublicCall, { account, authorization, token }: NewAuthorization): object {
  return presentAuthorization(account, authorization, token, context.clock.now());
}
