import { CreateDomainRequest } from '@jangada/platform-api';
import { pageOf } from '../../http/page.ts';
import { appRoute } from '../../http/route.ts';
import { createDomain } from './create.ts';
import { destroyDomain } from './destroy.ts';
import { findDomain } from './find.ts';
import { presentDomain } from './present.ts';

export const domainRoutes = [
  appRoute({
    method: 'GET',
    path: '/apps/:app/domains',
    permission: 'view',
    async handle(call) {
      const domains = await call.context.store.rows.domains.list({ appId: call.app.id });
      return pageOf(call, { id: 'uuid', hostname: 'text' }, domains, (items) =>
        items.map((domain) => presentDomain(call.app, domain)),
      );
    },
  }),
  appRoute({
    method: 'GET',
    path: '/apps/:app/domains/:domain',
    permission: 'view',
    handle: async ({ context, app, params }) =>
      presentDomain(app, await findDomain(context.store.rows, app.id, params['domain'] ?? '')),
  }),
  appRoute({
    method: 'POST',
    path: '/apps/:app/domains',
    permission: 'operate',
    body: CreateDomainRequest,
    status: 201,
    handle: async (call) => presentDomain(call.app, await createDomain(call)),
  }),
  appRoute({
    method: 'DELETE',
    path: '/apps/:app/domains/:domain',
    permission: 'operate',
    handle: async (call) => presentDomain(call.app, await destroyDomain(call)),
  }),
];
