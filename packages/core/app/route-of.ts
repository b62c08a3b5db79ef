import type { Dyno } from '../dyno/dyno.ts';
import type { EngineDyno } from '../ports/engine.ts';
import type { AppRoute, RouteDyno, RouteState } from '../ports/route-table.ts';
import type { App } from './app.ts';
import { readAppSettings } from './app-settings.ts';

export interface RouteInput {
  readonly app: Pick<App, 'id' | 'name' | 'maintenance'>;
  readonly hosts: readonly string[];
  /** Null before the first deploy. */
  readonly release: { readonly configVars: Readonly<Record<string, string>> } | null;
  /** Web dynos that the formation asks for. */
  readonly webQuantity: number;
  readonly dynos: readonly Dyno[];
  readonly containers: ReadonlyMap<string, EngineDyno>;
  readonly sessionAffinity: boolean;
}

/** What the router should know of an app, out of what is true now. */
export function routeOf(input: RouteInput): AppRoute {
  const dynos = input.dynos.flatMap((dyno) => target(dyno, input.containers.get(dyno.id)));
  const settings = readAppSettings(input.release?.configVars ?? {});
  return {
    appId: input.app.id,
    appName: input.app.name,
    hosts: input.hosts,
    state: stateOf(input, dynos),
    maintenance: input.app.maintenance,
    dynos,
    errorPageUrl: settings.errorPageUrl,
    maintenancePageUrl: settings.maintenancePageUrl,
    sessionAffinity: input.sessionAffinity,
    httpsRedirect: settings.httpsRedirect,
    limits: {
      requestTimeoutMs: settings.requestTimeoutSeconds * 1_000,
      idleTimeoutMs: settings.idleTimeoutSeconds * 1_000,
      maxRequestsPerDyno: settings.maxRequestsPerDyno,
    },
  };
}

function target(dyno: Dyno, container: EngineDyno | undefined): RouteDyno[] {
  const { port } = dyno;
  const alive = container?.state === 'running' || container?.state === 'paused';
  const reachable = alive && container.address !== null && port !== null;
  const asleep = dyno.state === 'idle';
  if (dyno.type !== 'web' || !(dyno.state === 'up' || asleep) || !reachable) return [];
  const leaving = asleep || (dyno.stopping !== null && dyno.stopping !== 'restart');
  return [
    { dynoId: dyno.id, name: dyno.name, address: container.address ?? '', port, state: leaving ? 'draining' : 'up' },
  ];
}

function stateOf(input: RouteInput, targets: readonly RouteDyno[]): RouteState {
  if (input.release === null) return 'blank';
  if (targets.some((dyno) => dyno.state === 'up')) return 'serving';
  if (input.webQuantity === 0) return 'stopped';
  const staying = input.dynos.filter((dyno) => dyno.type === 'web' && dyno.stopping === null);
  if (staying.length > 0 && staying.every((dyno) => dyno.state === 'idle')) return 'asleep';
  const allCrashed = staying.length > 0 && staying.every((dyno) => dyno.state === 'crashed');
  return allCrashed ? 'crashed' : 'starting';
}
