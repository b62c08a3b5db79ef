import { type App, NO_CERTIFICATE } from '@jangada/core';
import { PlatformError } from '@jangada/platform-api';
import { changeApp } from '../../changes/change-app.ts';
import type { AppCall } from '../../http/route.ts';

/** Lets the platform get certificates for the app's custom domains that have none. */
export async function enableAcm({ context, actor, app }: AppCall): Promise<App> {
  if (context.settings.acmeDirectory === null) {
    throw new PlatformError(
      'invalid_params',
      'Automatic certificates are off on this platform. Its operator turns them on with JANGADA_ACME_DIRECTORY; until then add your own with heroku certs:add.',
    );
  }
  return changeApp(context, actor, app.id, async ({ tx, app: fresh, event, log }) => {
    const updatedAt = context.clock.now();
    for (const domain of await tx.domains.list({ appId: app.id, kind: 'custom', sniEndpointId: null })) {
      await tx.domains.update(domain.id, { ...NO_CERTIFICATE, acmStatus: 'pending', updatedAt });
    }
    await event('api:app', 'update', { id: app.id, acm: true });
    log(`Enable ACM by user ${actor.account.email}`);
    return (await tx.apps.update(app.id, { acm: true, updatedAt })) ?? fresh;
  });
}
