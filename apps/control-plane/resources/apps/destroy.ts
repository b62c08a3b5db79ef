import type { App } from '@jangada/core';
import { changeApp } from '../../changes/change-app.ts';
import type { AppCall } from '../../http/route.ts';

/**
 * Removes an app; the store lets every row that belongs to it go too, except for its events, which are the history of the
 * installation. What it has outside the store (containers, routes, files) follows the notification.
 */
export async function destroyApp({ context, actor, app }: AppCall): Promise<App> {
  return changeApp(context, actor, app.id, async (change) => {
    await change.event('api:app', 'destroy', { id: app.id, name: change.app.name });
    await change.tx.apps.delete(app.id);
    return change.app;
  });
}
