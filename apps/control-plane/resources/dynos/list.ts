import type { App, Dyno } from '@jangada/core';
import type { Context } from '../../context.ts';

/** The dynos that `heroku ps` shows: of two with one name (a successor boots while the old one serves) the newer. */
export async function listDynos(context: Context, app: App): Promise<readonly Dyno[]> {
  const rows = await context.store.rows.dynos.list({ appId: app.id }, { orderBy: 'createdAt' });
  const staying = rows.filter((dyno) => dyno.stopping === null || dyno.stopping === 'restart');
  return [...new Map(staying.map((dyno) => [dyno.name, dyno])).values()];
}
