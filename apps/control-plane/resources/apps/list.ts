import type { App, Rows } from '@jangada/core';
import type { FilterAppsRequest } from '@jangada/platform-api/requests';
import { isUuid } from '../../auth/require-app.ts';
import { type Page, pageOf } from '../../http/page.ts';
import type { AccountCall } from '../../http/route.ts';
import { accountsById } from '../account/people.ts';
import { presentApp } from './present.ts';

/** The apps that the caller owns or collaborates on. */
export async function listApps(call: AccountCall): Promise<Page> {
  return page(call, await visibleApps(call.context.store.rows, call.actor.account.id));
}

/** Those of the named apps that the caller may see. */
export async function filterApps(call: AccountCall<FilterAppsRequest>): Promise<Page> {
  const wanted = new Set((call.body.in?.id ?? []).filter(isUuid));
  const visible = await visibleApps(call.context.store.rows, call.actor.account.id);
  return page(
    call,
    visible.filter((app) => wanted.has(app.id)),
  );
}

async function visibleApps(rows: Rows, accountId: string): Promise<readonly App[]> {
  const access = await rows.collaborators.list({ accountId });
  return access.length === 0 ? [] : rows.apps.list({ id: access.map((one) => one.appId) });
}

function page(call: AccountCall, apps: readonly App[]): Promise<Page> {
  const { rows } = call.context.store;
  return pageOf(call, { id: 'uuid', name: 'text' }, apps, async (items) => {
    const accounts = await accountsById(
      rows,
      items.map((app) => app.ownerId),
    );
    const view = { settings: call.context.settings, origin: call.origin, accounts };
    return items.map((app) => presentApp(app, view));
  });
}
