import { type App, NO_CERTIFICATE } from '@jangada/core';
import { changeApp } from '../../changes/change-app.ts';
import type { AppCall } from '../../http/route.ts';

/** Takes the certificates away that the platform got, and gets no more. */
export async function disableAcm({ context, actor, app }: AppCall): Promise<App> {
  return changeApp(context, actor, app.id, async ({ tx, app: fresh, event, log }) => {
    const updatedAt = context.clock.now();
    const issued = new Set((await tx.sniEndpoints.list({ appId: app.id, acm: true })).map(({ id }) => id));
    for (const domain of await tx.domains.list({ appId: app.id, kind: 'custom' })) {
      const kept = domain.sniEndpointId !== null && !issued.has(domain.sniEndpointId) ? domain.sniEndpointId : null;
      await tx.domains.update(domain.id, { ...NO_CERTIFICATE, sniEndpointId: kept, updatedAt });
    }
    for (const id of issued) await tx.sniEndpoints.delete(id);
    await event('api:app', 'update', { id: app.id, acm: false });
    log(`Disable ACM by user ${actor.account.email}`);
    return (await tx.apps.update(app.id, { acm: false, updatedAt })) ?? fresh;
  });
}
