import { type App, type Build, lastDeployment, type Release, type Rows } from '@jangada/core';
import { type Page, pageOf } from '../../http/page.ts';
import type { AccountCall } from '../../http/route.ts';
import { presentBuilds } from '../builds/present.ts';
import { newestRelease } from '../releases/newest.ts';
import { presentReleases } from '../releases/present.ts';
import { visibleApps } from './apps.ts';
import { requirePipeline } from './find.ts';

/** Releases that are read at a time to find the last deployment. */
const STEP = 25;

/** The newest release of each app of the pipeline that the caller has access to. */
export function latestReleases(call: AccountCall): Promise<Page> {
  return latest(call, newestRelease, (app, release) => presentReleases({ ...call, app }, [release]));
}

/** The newest release of each app that changed what it runs. */
export function latestDeployments(call: AccountCall): Promise<Page> {
  return latest(call, findDeployment, (app, release) => presentReleases({ ...call, app }, [release]));
}

/** The newest build of each app. */
export function latestBuilds(call: AccountCall): Promise<Page> {
  return latest(call, newestBuild, (app, build) => presentBuilds({ ...call, app }, [build]));
}

async function latest<Row extends { readonly id: string; readonly appId: string }>(
  call: AccountCall,
  find: (rows: Rows, appId: string) => Promise<Row | null>,
  present: (app: App, row: Row) => Promise<readonly unknown[]>,
): Promise<Page> {
  const { rows } = call.context.store;
  const pipeline = await requirePipeline(call, call.params['pipeline'] ?? '');
  const apps = (await visibleApps(rows, pipeline, call.actor.account.id)).map(({ app }) => app);
  const found = (await Promise.all(apps.map(({ id }) => find(rows, id)))).filter((row) => row !== null);
  const appOf = new Map(apps.map((app) => [app.id, app]));
  return pageOf(call, { id: 'uuid' }, found, async (page) =>
    (await Promise.all(page.map((row) => present(appOf.get(row.appId)!, row)))).flat(),
  );
}

async function newestBuild(rows: Rows, appId: string): Promise<Build | null> {
  const [build] = await rows.builds.list({ appId }, { direction: 'desc', limit: 1 });
  return build ?? null;
}

async function findDeployment({ releases }: Rows, appId: string): Promise<Release | null> {
  const read: Release[] = [];
  for (;;) {
    const oldest = read.at(-1);
    const more = await releases.list(
      { appId },
      { orderBy: 'version', direction: 'desc', limit: STEP, ...(oldest ? { after: oldest.version } : {}) },
    );
    read.push(...more);
    const found = lastDeployment(read);
    if (found !== null || more.length < STEP) return found;
  }
}
