/** One web dyno as a target of the router. */
export interface RouteDyno {
  readonly dynoId: string;
  /** `web.1`: the `dyno` field of the router's log lines. */
  readonly name: string;
  readonly address: string;
  readonly port: number;
  /** `up` takes requests; `draining` finishes what it has and gets nothing new. */
  readonly state: 'up' | 'draining';
}

/**
 * Why there may be no usable dyno, which decides between holding a request and a page (router.md section 6):
 * `serving` dynos are up; `starting` hold up to 75 s, then H20; `asleep` hold and ask for a wake; `crashed` H10;
 * `stopped` (web=0) H14; `blank` (never deployed) H81.
 */
export type RouteState = 'serving' | 'starting' | 'asleep' | 'crashed' | 'stopped' | 'blank';

/** What an app may choose for its requests (app/app-settings.ts). What is missing is the router's own default. */
export interface RouteLimits {
  /** Milliseconds until the first byte of an answer; beyond it H12. */
  readonly requestTimeoutMs?: number;
  /** Milliseconds of silence on an open answer or WebSocket; beyond it H15 or H28. */
  readonly idleTimeoutMs?: number;
  /** Requests that one dyno works on at a time, WebSockets included; as many again may wait for each, further ones get H11. */
  readonly maxRequestsPerDyno?: number;
}

/** Everything the router knows of one app. Replaces what it knew before. */
export interface AppRoute {
  readonly appId: string;
  readonly appName: string;
  /** Lower case; `*.example.com` for wildcards. */
  readonly hosts: readonly string[];
  readonly state: RouteState;
  /** H80 for every request, whatever the state. */
  readonly maintenance: boolean;
  readonly dynos: readonly RouteDyno[];
  readonly errorPageUrl: string | null;
  readonly maintenancePageUrl: string | null;
  /** Sticky sessions by the cookie `heroku-session-affinity`. */
  readonly sessionAffinity: boolean;
  /** Plain HTTP is answered with a redirect to HTTPS. Default false. */
  readonly httpsRedirect?: boolean;
  /** Missing: the router's defaults. */
  readonly limits?: RouteLimits;
}

/** What an app's requests ask of its dynos now. The router sends requests to dynos of the type `web` only. */
export interface AppLoad {
  readonly appId: string;
  /** Requests that dynos work on, open WebSockets and event streams included, draining dynos too. */
  readonly inFlight: number;
  /** Requests that wait: for a free place at a busy dyno, or for a dyno that starts or wakes. */
  readonly queued: number;
}

/** Where web traffic goes. The router keeps the table on disk and serves from it while the control plane is away. */
export interface RouteTable {
  /** Makes one app's entry so. Resolves when new requests follow it. */
  put(route: AppRoute, signal?: AbortSignal): Promise<void>;
  /** Its hosts answer "no such app" afterwards. */
  remove(appId: string, signal?: AbortSignal): Promise<void>;
  /** Removes every app that is not in `appIds`: after a restart of the control plane. */
  retain(appIds: readonly string[], signal?: AbortSignal): Promise<void>;
  /** Requests now in flight on each dyno of the app, by dyno id, draining ones included. */
  inFlight(appId: string, signal?: AbortSignal): Promise<Readonly<Record<string, number>>>;
  /** Every app that has requests now. */
  loads(signal?: AbortSignal): Promise<readonly AppLoad[]>;
  /** App ids for which a held request asks for a wake. */
  wakes(signal: AbortSignal): AsyncIterable<string>;
}
