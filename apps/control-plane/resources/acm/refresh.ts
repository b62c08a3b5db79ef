import type { App } from '@jangada/core';
import { changeApp } from '../../changes/change-app.ts';
import type { AppCall } from '../../http/route.ts';

/** Tries at once again for every domain whose certificate could not be had. */
export async function refreshAcm({ context, actor, app }: AppCall): Promise<App> {
  return changeApp(context, actor, app.id, async ({ tx, app: fresh, log }) => {
    const waiting = await tx.domains.list({ appId: app.id, acmStatus: ['pending', 'failing', 'failed'] });
    for (const domain of waiting) {
      await tx.domains.update(domain.id, {
        acmStatus: 'pending',
        acmStatusReason: null,
        acmFailures: 0,
        acmRetryAt: null,
        updatedAt: context.clock.now(),
      });
    }
    log(`Refresh ACM by user ${actor.account.email}`);
    return fresh;
  });
}
