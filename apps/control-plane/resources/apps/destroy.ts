import type { App, Rows } from '@jangada/core';
import { changeApp } from '../../changes/change-app.ts';
import type { AppCall } from '../../http/route.ts';

/** Rows that go with an app, those that others point to last. Events stay: they are the history of the installation. */
const OWNED = [
  'dynos',
  'formations',
  'builds',
  'releases',
  'slugs',
  'buildpackInstallations',
  'appFeatures',
  'domains',
  'collaborators',
] as const satisfies readonly (keyof Rows)[];

/** Removes an app with all its rows. What it has outside the store (containers, routes, files) follows the notification. */
export async function destroyApp({ context, actor, app }: AppCall): Promise<App> {
  return changeApp(context, actor, app.id, async (change) => {
    await change.event('api:app', 'destroy', { id: app.id, name: change.app.name });
    for (const name of OWNED) await removeRows(change.tx[name], app.id);
    await change.tx.apps.delete(app.id);
    return change.app;
  });
}

/** Any table whose rows belong to an app. */
interface OwnedTable {
  list(where: { readonly appId: string }): Promise<readonly { readonly id: string }[]>;
  delete(id: string): Promise<boolean>;
}

async function removeRows(table: OwnedTable, appId: string): Promise<void> {
  for (const row of await table.list({ appId })) await table.delete(row.id);
}
