import type { AppFeature } from '@jangada/core';
import type { UpdateAppFeatureRequest } from '@jangada/platform-api/requests';
import { changeApp } from '../../changes/change-app.ts';
import type { AppCall } from '../../http/route.ts';
import type { FeatureOffer } from './catalog.ts';

/** Turns a switch of an app on or off. */
export async function updateAppFeature(
  { context, actor, app, body: { enabled } }: AppCall<UpdateAppFeatureRequest>,
  { name }: FeatureOffer,
): Promise<AppFeature> {
  return changeApp(context, actor, app.id, async ({ tx, event, log }) => {
    const now = context.clock.now();
    const before = await tx.appFeatures.find({ appId: app.id, name });
    const row = before
      ? await tx.appFeatures.update(before.id, { enabled, updatedAt: now })
      : await tx.appFeatures.insert({
          id: context.ids.uuid(),
          appId: app.id,
          name,
          enabled,
          createdAt: now,
          updatedAt: now,
        });
    if (!row) throw new Error(`Feature ${name} vanished under the app's lock.`);
    await event('api:app-feature', 'update', { name, enabled });
    log(`${enabled ? 'Enable' : 'Disable'} ${name} feature by user ${actor.account.email}`);
    return row;
  });
}
