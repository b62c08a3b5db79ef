import type { SniEndpoint } from '@jangada/core';
import { CreateSniEndpointRequest, UpdateSniEndpointRequest } from '@jangada/platform-api/requests';
import { pageOf } from '../../http/page.ts';
import { type AppCall, appRoute } from '../../http/route.ts';
import { createSniEndpoint } from './create.ts';
import { destroySniEndpoint } from './destroy.ts';
import { domainsByEndpoint } from './domains.ts';
import { findSniEndpoint } from './find.ts';
import { presentSniEndpoint } from './present.ts';
import { updateSniEndpoint } from './update.ts';

export const sniEndpointRoutes = [
  appRoute({
    method: 'GET',
    path: '/apps/:app/sni-endpoints',
    permission: 'view',
    async handle(call) {
      const { rows } = call.context.store;
      const endpoints = await rows.sniEndpoints.list({ appId: call.app.id });
      const users = await domainsByEndpoint(rows, call.app.id);
      return pageOf(call, { id: 'uuid', name: 'text' }, endpoints, (items) =>
        items.map((endpoint) => presentSniEndpoint(call.app, endpoint, users.get(endpoint.id) ?? [])),
      );
    },
  }),
  appRoute({
    method: 'GET',
    path: '/apps/:app/sni-endpoints/:endpoint',
    permission: 'view',
    handle: async (call) =>
      present(call, await findSniEndpoint(call.context.store.rows, call.app.id, call.params['endpoint'] ?? '')),
  }),
  appRoute({
    method: 'POST',
    path: '/apps/:app/sni-endpoints',
    permission: 'operate',
    body: CreateSniEndpointRequest,
    status: 201,
    handle: async (call) => present(call, await createSniEndpoint(call)),
  }),
  appRoute({
    method: 'PATCH',
    path: '/apps/:app/sni-endpoints/:endpoint',
    permission: 'operate',
    body: UpdateSniEndpointRequest,
    handle: async (call) => present(call, await updateSniEndpoint(call)),
  }),
  appRoute({
    method: 'DELETE',
    path: '/apps/:app/sni-endpoints/:endpoint',
    permission: 'operate',
    handle: async (call) => present(call, await destroySniEndpoint(call)),
  }),
];

async function present({ context, app }: AppCall, endpoint: SniEndpoint): Promise<object> {
  const users = await context.store.rows.domains.list({ appId: app.id, sniEndpointId: endpoint.id });
  return presentSniEndpoint(app, endpoint, users);
}
