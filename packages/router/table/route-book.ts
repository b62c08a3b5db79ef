import type { AppRoute, RouteDyno } from '@jangada/core';
import { limitsOf, type RouterLimits } from '../limits.ts';
import { type BackendKind, BackendPool, isBackendName, kindOf, type PoolSizes } from '../plan/backend-pool.ts';
import { backendWishes, hasSettings, hostWish, type MapWish } from '../plan/maps.ts';
import { modeOf, type ServerPlan } from '../plan/servers.ts';

/** A dyno and the name under which HAProxy knows it. */
export interface NamedDyno {
  readonly server: string;
  readonly dyno: RouteDyno;
}

/** One app: what the control plane said, and where it stands in HAProxy. */
export interface BookEntry {
  readonly route: AppRoute;
  readonly backend: string;
  readonly dynos: readonly NamedDyno[];
}

/** The book as JSON on disk. */
export interface BookContent {
  readonly sequence: number;
  /** Absent in tables of earlier versions. */
  readonly pools?: PoolSizes;
  /** Oldest change first: of two apps that claim one host, the later one has it. */
  readonly entries: readonly BookEntry[];
}

/** Everything wanted, in memory: apps, who owns which host, which app stands on which backend. Does no I/O. */
export class RouteBook {
  #sequence: number;
  readonly #limits: RouterLimits;
  readonly #pool: BackendPool;
  readonly #entries = new Map<string, BookEntry>();
  readonly #owners = new Map<string, string>();
  readonly #tenants = new Map<string, string>();
  /** Apps by backends that they left for one of the other kind, until the last connection there has ended. */
  readonly #leaving = new Map<string, string>();

  constructor(sizes: PoolSizes, limits: RouterLimits, content?: BookContent) {
    this.#limits = limits;
    const entries = content?.entries ?? [];
    this.#sequence = content?.sequence ?? 0;
    this.#pool = new BackendPool(
      {
        plain: Math.max(sizes.plain, content?.pools?.plain ?? 0),
        custom: Math.max(sizes.custom, content?.pools?.custom ?? 0),
      },
      entries.map((entry) => entry.backend).filter(isBackendName),
    );
    for (const entry of entries) {
      const before = isBackendName(entry.backend) ? entry.backend : undefined;
      const backend = this.#backendFor(entry.route, before);
      this.#enter({ ...entry, backend });
      if (before !== undefined && before !== backend) this.#pool.release(before);
    }
  }

  get pool(): BackendPool {
    return this.#pool;
  }

  content(): BookContent {
    return { sequence: this.#sequence, pools: this.#pool.sizes, entries: [...this.#entries.values()] };
  }

  appIds(): string[] {
    return [...this.#entries.keys()];
  }

  get(appId: string): BookEntry | undefined {
    return this.#entries.get(appId);
  }

  /** The app that answers at a host: its own name first, then a wildcard of its parent domain. */
  find(host: string): BookEntry | undefined {
    const appId = this.#owners.get(host) ?? this.#owners.get(host.replace(/^[^.]+/, '*'));
    return appId === undefined ? undefined : this.#entries.get(appId);
  }

  appOn(backend: string): string | undefined {
    return this.#tenants.get(backend);
  }

  /** Whose request it is that ends on a backend: of the app on it, or of the one that has just left it. */
  appOfRequestOn(backend: string): string | undefined {
    return this.#tenants.get(backend) ?? this.#leaving.get(backend);
  }

  /** Backends where requests of an app may be under way: its own first, then those that it is leaving. */
  backendsOf(appId: string): string[] {
    const own = this.#entries.get(appId)?.backend;
    const left = [...this.#leaving].filter(([, leaver]) => leaver === appId).map(([backend]) => backend);
    return own === undefined ? left : [own, ...left];
  }

  entryOn(backend: string): BookEntry | undefined {
    const appId = this.#tenants.get(backend);
    return appId === undefined ? undefined : this.#entries.get(appId);
  }

  /**
   * Writes one app's entry and returns the hosts whose owner may have changed. An app that begins or ceases to have settings
   * of its own moves to a backend of the other kind. The pool grows when it is used up.
   */
  put(route: AppRoute): ReadonlySet<string> {
    const before = this.#entries.get(route.appId);
    const backend = this.#backendFor(route, before?.backend);
    if (before && before.backend !== backend) {
      this.#tenants.delete(before.backend);
      this.#leaving.set(before.backend, route.appId);
    }
    const dynos = route.dynos.map((dyno) => ({ server: this.#serverName(dyno, before), dyno }));
    this.#forget(route.appId);
    this.#enter({ route, backend, dynos });
    this.#handOver(before?.route.hosts ?? []);
    return new Set([...(before?.route.hosts ?? []), ...route.hosts]);
  }

  /** Takes the app out. Its backend stays reserved until `release`. */
  remove(appId: string): ReadonlySet<string> {
    const before = this.#entries.get(appId);
    this.#forget(appId);
    this.#handOver(before?.route.hosts ?? []);
    if (before) this.#tenants.delete(before.backend);
    return new Set(before?.route.hosts ?? []);
  }

  /** The backend has no server left: another app may have it. */
  release(backend: string): void {
    this.#leaving.delete(backend);
    if (!this.#tenants.has(backend)) this.#pool.release(backend);
  }

  /** Names of servers given from now on come after this sequence. */
  continueAfter(sequence: number): void {
    this.#sequence = Math.max(this.#sequence, sequence);
  }

  serversOn(backend: string): ServerPlan[] {
    const entry = this.entryOn(backend);
    return (entry?.dynos ?? []).map(({ server, dyno }) => ({
      name: server,
      address: dyno.address,
      port: dyno.port,
      mode: modeOf(entry!.route, dyno),
      maxRequests: limitsOf(entry!.route, this.#limits).requestsPerDyno,
    }));
  }

  hosts(): string[] {
    return [...this.#owners.keys()];
  }

  wishesFor(backends: Iterable<string>, hosts: Iterable<string>): MapWish[] {
    return [
      ...[...backends].flatMap((name) => backendWishes(name, this.entryOn(name)?.route ?? null, this.#limits)),
      ...[...hosts].map((host) => {
        const appId = this.#owners.get(host);
        return hostWish(host, appId === undefined ? null : (this.#entries.get(appId)?.backend ?? null));
      }),
    ];
  }

  #enter(entry: BookEntry): void {
    this.#entries.set(entry.route.appId, entry);
    this.#tenants.set(entry.backend, entry.route.appId);
    for (const host of entry.route.hosts) this.#owners.set(host, entry.route.appId);
  }

  #forget(appId: string): void {
    for (const host of this.#entries.get(appId)?.route.hosts ?? []) {
      if (this.#owners.get(host) === appId) this.#owners.delete(host);
    }
    this.#entries.delete(appId);
  }

  /** A host that was given up goes to the app that claims it by the latest change, if any does. */
  #handOver(hosts: readonly string[]): void {
    const free = hosts.filter((host) => !this.#owners.has(host));
    if (free.length === 0) return;
    for (const { route } of this.#entries.values()) {
      for (const host of free) if (route.hosts.includes(host)) this.#owners.set(host, route.appId);
    }
  }

  /** The one that it has, unless that is of the wrong kind. */
  #backendFor(route: AppRoute, before: string | undefined): string {
    const kind = hasSettings(route, this.#limits) ? 'custom' : 'plain';
    return before !== undefined && kindOf(before) === kind ? before : this.#takeBackend(kind);
  }

  #takeBackend(kind: BackendKind): string {
    const free = this.#pool.take(kind);
    if (free !== null) return free;
    this.#pool.grow(kind);
    return this.#pool.take(kind)!;
  }

  /** A dyno keeps its name as long as it stays where it is. */
  #serverName(dyno: RouteDyno, before: BookEntry | undefined): string {
    const same = before?.dynos.find(
      (known) =>
        known.dyno.dynoId === dyno.dynoId && known.dyno.address === dyno.address && known.dyno.port === dyno.port,
    );
    if (same) return same.server;
    this.#sequence += 1;
    return `${dyno.name.toLowerCase()}.${this.#sequence}`;
  }
}
