import type { SniEndpoint } from '@jangada/core';
import { changeApp } from '../../changes/change-app.ts';
import type { AppCall } from '../../http/route.ts';
import { findSniEndpoint } from './find.ts';

/** Takes a certificate away; its domains are served with the platform's own until they get another. */
export async function destroySniEndpoint({ context, actor, app, params }: AppCall): Promise<SniEndpoint> {
  return changeApp(context, actor, app.id, async ({ tx, event, log }) => {
    const endpoint = await findSniEndpoint(tx, app.id, params['endpoint'] ?? '');
    const updatedAt = context.clock.now();
    for (const domain of await tx.domains.list({ appId: app.id, sniEndpointId: endpoint.id })) {
      await tx.domains.update(domain.id, { sniEndpointId: null, updatedAt });
    }
    await tx.sniEndpoints.delete(endpoint.id);
    await event('api:sni-endpoint', 'destroy', { id: endpoint.id, name: endpoint.name });
    log(`Remove ${endpoint.name} certificate by user ${actor.account.email}`);
    return endpoint;
  });
}
