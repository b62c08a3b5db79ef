import type { Domain } from '@jangada/core';
import { CreateDomainRequest, UpdateDomainRequest } from '@jangada/platform-api/requests';
import { pageOf } from '../../http/page.ts';
import { type AppCall, appRoute } from '../../http/route.ts';
import { createDomain } from './create.ts';
import { destroyDomain } from './destroy.ts';
import { findDomain } from './find.ts';
import { presentDomains } from './present.ts';
import { updateDomain } from './update.ts';

export const domainRoutes = [
  appRoute({
    method: 'GET',
    path: '/apps/:app/domains',
    permission: 'view',
    async handle(call) {
      const { rows } = call.context.store;
      const domains = await rows.domains.list({ appId: call.app.id });
      return pageOf(call, { id: 'uuid', hostname: 'text' }, domains, (items) => presentDomains(rows, call.app, items));
    },
  }),
  appRoute({
    method: 'GET',
    path: '/apps/:app/domains/:domain',
    permission: 'view',
    handle: async (call) =>
      present(call, await findDomain(call.context.store.rows, call.app.id, call.params['domain'] ?? '')),
  }),
  appRoute({
    method: 'POST',
    path: '/apps/:app/domains',
    permission: 'operate',
    body: CreateDomainRequest,
    status: 201,
    handle: async (call) => present(call, await createDomain(call)),
  }),
  appRoute({
    method: 'PATCH',
    path: '/apps/:app/domains/:domain',
    permission: 'operate',
    body: UpdateDomainRequest,
    handle: async (call) => present(call, await updateDomain(call)),
  }),
  appRoute({
    method: 'DELETE',
    path: '/apps/:app/domains/:domain',
    permission: 'operate',
    handle: async (call) => present(call, await destroyDomain(call)),
  }),
];

async function present({ context, app }: AppCall, domain: Domain): Promise<object> {
  const [presented] = await presentDomains(context.store.rows, app, [domain]);
  return presented!;
}
