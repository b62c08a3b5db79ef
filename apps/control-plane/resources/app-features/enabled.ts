import type { App } from '@jangada/core';
import type { Context } from '../../context.ts';
import { requireFeature } from './catalog.ts';
import { featureId } from './present.ts';

/** Whether an app's switch is on. Throws `not_found` for one that no app has. */
export async function featureEnabled(context: Context, app: App, name: string): Promise<boolean> {
  const { byDefault } = requireFeature(name, featureId);
  return (await context.store.rows.appFeatures.find({ appId: app.id, name }))?.enabled ?? byDefault;
}
