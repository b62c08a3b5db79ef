import { isIP } from 'node:net';
import type { AppRoute, RouteTable } from '@jangada/core';
import { PlatformError } from '@jangada/platform-api';
import type { RequestOutcome } from './route-table-suite.ts';

/** A route table without a router behind it, for tests of the control plane. */
export interface MemoryRouteTable extends RouteTable {
  /** What was last put, by app id. */
  readonly routes: ReadonlyMap<string, AppRoute>;
  /** What would become of a request at a host. Waits while the app is starting or asleep, without a limit. */
  request(host: string): Promise<RequestOutcome>;
  /** Begins a request that lasts until the returned function is called. Throws when no dyno takes it at once. */
  beginSlowRequest(host: string): () => RequestOutcome;
}

const HOST = /^(\*\.)?[a-z0-9_-]+(\.[a-z0-9_-]+)*$/;

export function createMemoryRouteTable(): MemoryRouteTable {
  const routes = new Map<string, AppRoute>();
  const busy = new Map<string, number>();
  const waiting = new Map<string, number>();
  const asking = new Set<string>();
  let changed = Promise.withResolvers<void>();

  const announce = (): void => {
    changed.resolve();
    changed = Promise.withResolvers<void>();
  };
  const find = (host: string): AppRoute | undefined => {
    const owner = (name: string): AppRoute | undefined =>
      [...routes.values()].reverse().find((route) => route.hosts.includes(name));
    return owner(host) ?? owner(host.replace(/^[^.]+/, '*'));
  };

  return {
    routes,

    async put(route) {
      check(route);
      routes.delete(route.appId);
      routes.set(route.appId, structuredClone(route));
      asking.delete(route.appId);
      announce();
    },

    async remove(appId) {
      routes.delete(appId);
      asking.delete(appId);
      announce();
    },

    async retain(appIds) {
      for (const appId of [...routes.keys()]) if (!appIds.includes(appId)) routes.delete(appId);
      announce();
    },

    async inFlight(appId) {
      const dynos = routes.get(appId)?.dynos ?? [];
      return Object.fromEntries(dynos.map(({ dynoId }) => [dynoId, busy.get(dynoId) ?? 0]));
    },

    async loads() {
      const loads = [...routes.values()].map(({ appId, dynos }) => ({
        appId,
        inFlight: dynos.reduce((sum, { dynoId }) => sum + (busy.get(dynoId) ?? 0), 0),
        queued: waiting.get(appId) ?? 0,
      }));
      return loads.filter(({ inFlight, queued }) => inFlight + queued > 0);
    },

    async *wakes(signal) {
      const told = new Set<string>();
      const aborted = new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
      while (!signal.aborted) {
        for (const appId of told) if (!asking.has(appId)) told.delete(appId);
        const next = [...asking].find((appId) => !told.has(appId));
        if (next === undefined) await Promise.race([changed.promise, aborted]);
        else {
          told.add(next);
          yield next;
        }
      }
    },

    async request(host) {
      for (;;) {
        const route = find(host.toLowerCase());
        const outcome = outcomeOf(route);
        if (outcome) return outcome;
        const next = changed.promise;
        if (route?.state === 'asleep' && !asking.has(route.appId)) {
          asking.add(route.appId);
          announce();
        }
        if (route) waiting.set(route.appId, (waiting.get(route.appId) ?? 0) + 1);
        await next;
        if (route) waiting.set(route.appId, (waiting.get(route.appId) ?? 1) - 1);
      }
    },

    beginSlowRequest(host) {
      const outcome = outcomeOf(find(host.toLowerCase()));
      if (outcome?.dynoId === undefined) throw new Error(`no dyno takes a request at ${host}`);
      const { dynoId } = outcome;
      busy.set(dynoId, (busy.get(dynoId) ?? 0) + 1);
      return () => {
        busy.set(dynoId, (busy.get(dynoId) ?? 1) - 1);
        return outcome;
      };
    },
  };
}

/** Null: the request waits. */
function outcomeOf(route: AppRoute | undefined): RequestOutcome | null {
  if (!route) return { code: '404' };
  if (route.maintenance) return { code: 'H80' };
  const up = route.dynos.find((dyno) => dyno.state === 'up');
  if (up) return { dynoId: up.dynoId };
  const codes: Partial<Record<AppRoute['state'], string>> = { crashed: 'H10', stopped: 'H14', blank: 'H81' };
  const code = codes[route.state];
  return code === undefined ? null : { code };
}

function check(route: AppRoute): void {
  const fits =
    /^[A-Za-z0-9-]+$/.test(route.appId) &&
    route.hosts.every((host) => HOST.test(host)) &&
    [route.errorPageUrl, route.maintenancePageUrl].every((url) => url === null || /^https?:\/\/./.test(url)) &&
    Object.values(route.limits ?? {}).every((limit) => Number.isInteger(limit) && limit > 0) &&
    route.dynos.every(({ name, address, port }) => /^[\w-]+\.\d+$/.test(name) && isIP(address) > 0 && port > 0);
  if (!fits)
    throw new PlatformError('invalid_params', `The route of ${route.appName} is not one a router could follow.`);
}
