import {
  type App,
  type AppRoute,
  type AppSettings,
  type CurrentRelease,
  type Domain,
  type Dyno,
  type EngineDyno,
  type Formation,
  type Release,
  type Rows,
  readAppSettings,
  routeOf,
  type Slug,
} from '@jangada/core';
import type { EngineView } from './engine-view.ts';

/** The newest release that succeeded, with its slug: what an app runs. */
export interface RunningRelease {
  readonly release: Release;
  readonly slug: Slug;
}

/** All that a decision about one app needs, read at one moment. */
export interface Snapshot {
  readonly app: App;
  readonly running: RunningRelease | null;
  /** Of the running release. */
  readonly settings: AppSettings;
  readonly formation: readonly Formation[];
  readonly dynos: readonly Dyno[];
  readonly domains: readonly Domain[];
  readonly sessionAffinity: boolean;
  readonly containers: ReadonlyMap<string, EngineDyno>;
}

/** The newest succeeded release that has a slug; null before the first deploy. */
export async function runningRelease(rows: Rows, appId: string): Promise<RunningRelease | null> {
  const [release] = await rows.releases.list(
    { appId, status: 'succeeded' },
    { orderBy: 'version', direction: 'desc', limit: 1 },
  );
  if (!release?.slugId) return null;
  const slug = await rows.slugs.get(release.slugId);
  return slug === null ? null : { release, slug };
}

/**
 * Containers are read before rows: a row is written before its container exists and removed after it is gone, so a
 * container without a row is really left over. Null when the app is gone.
 */
export async function readSnapshot(
  rows: Rows,
  view: Pick<EngineView, 'containersOf'>,
  appId: string,
): Promise<Snapshot | null> {
  const containers = await view.containersOf(appId);
  const [app, running, formation, dynos, domains, affinity] = await Promise.all([
    rows.apps.get(appId),
    runningRelease(rows, appId),
    rows.formations.list({ appId }, { orderBy: 'type' }),
    rows.dynos.list({ appId }, { orderBy: 'createdAt' }),
    rows.domains.list({ appId }),
    rows.appFeatures.find({ appId, name: 'http-session-affinity' }),
  ]);
  if (app === null) return null;
  const settings = readAppSettings(running?.release.configVars ?? {});
  return { app, running, settings, formation, dynos, domains, sessionAffinity: affinity?.enabled ?? false, containers };
}

export function currentReleaseOf(running: RunningRelease | null): CurrentRelease | null {
  if (running === null) return null;
  const { release, slug } = running;
  return { id: release.id, version: release.version, processTypes: slug.processTypes };
}

export function appRouteOf(snapshot: Snapshot): AppRoute {
  return routeOf({
    app: snapshot.app,
    hosts: snapshot.domains.map((domain) => domain.hostname),
    release: snapshot.running?.release ?? null,
    webQuantity: webQuantity(snapshot),
    dynos: snapshot.dynos,
    containers: snapshot.containers,
    sessionAffinity: snapshot.sessionAffinity,
  });
}

function webQuantity(snapshot: Snapshot): number {
  const offered = snapshot.running !== null && Object.hasOwn(snapshot.running.slug.processTypes, 'web');
  return offered ? (snapshot.formation.find((row) => row.type === 'web')?.quantity ?? 0) : 0;
}
