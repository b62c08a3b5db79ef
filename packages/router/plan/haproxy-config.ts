import { createHash } from 'node:crypto';
import { LONGEST_PATH } from '../access-log/entry.ts';
import type { RouterLimits } from '../limits.ts';
import { kindOf } from './backend-pool.ts';
import { ofRequest } from './captures.ts';
import { FILES } from './files.ts';
import { ERROR_PAGES, frontends } from './frontend.ts';
import { section } from './section.ts';
import { type ServerPlan, serverOptions } from './servers.ts';
import {
  backlogRules,
  httpsRules,
  LOOK_UP_SETTINGS,
  stickyRule,
  stickyServer,
  timeoutRules,
} from './settings-rules.ts';

export interface BackendPlan {
  /** `b17`. */
  readonly name: string;
  readonly servers: readonly ServerPlan[];
}

/** Everything that HAProxy's configuration depends on. */
export interface HaproxyPlan {
  /** Major and minor version of the HAProxy that will read it. */
  readonly version: readonly [number, number];
  readonly threads: number;
  readonly maxConnections: number;
  /** Address of the public listeners. */
  readonly bind: string;
  readonly httpPort: number;
  /** Null: no TLS listener. */
  readonly httpsPort: number | null;
  readonly limits: RouterLimits;
  /** User that HAProxy becomes once it has its ports and files; null: it stays who started it. */
  readonly user: { readonly uid: number; readonly gid: number } | null;
  readonly backends: readonly BackendPlan[];
  /** Part of the ids of its requests, `startMark()`: another one each time that HAProxy is started. */
  readonly startMark: string;
}

/** Connections that HAProxy may hold under a limit of open files: two files each, and room for its own (router.md 3). */
export function maxConnectionsFor(openFiles: number): number {
  const possible = openFiles >= 2_000 ? Math.floor(openFiles / 2) - 500 : Math.floor(openFiles / 4);
  return Math.min(possible, 20_000);
}

/** `haproxy.cfg` (router.md 3). Its `description` is the fingerprint, so that a running HAProxy tells which plan it follows. */
export function haproxyConfig(plan: HaproxyPlan, fingerprint: string): string {
  const backends = plan.backends.map((backend) => backendSection(backend, plan.limits));
  return `${[...fixedSections(plan, fingerprint), ...backends].join('\n\n')}\n`;
}

/**
 * Identifies all that a running HAProxy cannot be told over its socket: two plans with the same fingerprint differ in
 * servers only. `extra` is content that HAProxy read from other files (certificates, pages).
 */
export function planFingerprint(plan: HaproxyPlan, extra: readonly string[]): string {
  const empty = { ...plan, startMark: '', backends: plan.backends.map(({ name }) => ({ name, servers: [] })) };
  const hash = createHash('sha256').update(haproxyConfig(empty, ''));
  for (const text of extra) hash.update('\0').update(text);
  return hash.digest('hex').slice(0, 32);
}

function fixedSections(plan: HaproxyPlan, fingerprint: string): string[] {
  return [globalSection(plan, fingerprint), logRing(), frontends(plan), pool(plan)];
}

function globalSection(plan: HaproxyPlan, fingerprint: string): string {
  return section('global', [
    `description ${fingerprint || '-'}`,
    `nbthread ${plan.threads}`,
    `maxconn ${plan.maxConnections}`,
    ...(plan.user ? [`uid ${plan.user.uid}`, `gid ${plan.user.gid}`] : []),
    // Without this two installations could share one port and take each other's requests.
    'noreuseport',
    'tune.bufsize 32768',
    // Heroku's limit of header lines (behaviour 2.2).
    'tune.http.maxhdr 1000',
    // A log line shows no longer paths.
    `tune.http.logurilen ${LONGEST_PATH + 64}`,
    `stats socket unix@${FILES.adminSocket} mode 600 level admin expose-fd listeners`,
    'stats timeout 1h',
    'hard-stop-after 10m',
    'ssl-default-bind-options ssl-min-ver TLSv1.2',
  ]);
}

function logRing(): string {
  return section('ring rlog', [
    'format raw',
    'maxlen 16384',
    'size 2097152',
    'timeout connect 5s',
    'timeout server 10s',
    `server s1 unix@${FILES.logSocket} log-proto octet-count`,
  ]);
}

/** Heroku's own for apps that chose nothing, and what others chose, looked up for each of their requests. */
function pool(plan: HaproxyPlan): string {
  const { limits } = plan;
  const exact = plan.version[0] > 2 || plan.version[1] >= 9;
  const eventStream = `{ ${ofRequest('Accept')} -m sub text/event-stream }`;
  const idle = exact
    ? `http-response set-timeout server ${limits.idleMs}ms`
    : `http-request set-timeout server ${limits.idleMs}ms if ${eventStream}`;
  const plain = section('defaults plain', [
    ...poolOptions(plan, exact),
    `http-request deny deny_status 503 if { avg_queue ge ${limits.requestsPerDyno} }`,
    connectionRule(plan),
    idle,
    HELD_RULE,
    ...ERROR_PAGES,
  ]);
  const custom = section('defaults custom', [
    ...poolOptions(plan, exact),
    LOOK_UP_SETTINGS,
    ...httpsRules(plan.httpsPort),
    ...backlogRules(),
    connectionRule(plan),
    ...timeoutRules(exact, eventStream),
    HELD_RULE,
    stickyRule(),
    ...ERROR_PAGES,
  ]);
  const fallback = section('backend be_node from plain', [`timeout server ${HELD}`, nodeServer('')]);
  return `${plain}\n\n${custom}\n\n${fallback}`;
}

function poolOptions({ limits }: HaproxyPlan, exact: boolean): string[] {
  return [
    'mode http',
    `timeout connect ${limits.connectMs}ms`,
    `timeout server ${limits.firstByteMs}ms`,
    `timeout tunnel ${limits.idleMs}ms`,
    `timeout queue ${limits.queueMs}ms`,
    'retries 3',
    'option redispatch 1',
    'option http-no-delay',
    'http-reuse aggressive',
    'balance random(1)',
    exact ? 'option abortonclose' : '',
  ];
}

/** The Node side keeps the times of its requests itself: HAProxy only has to be slower than the longest that an app may choose. */
const HELD = '2d';

/** Negative exactly while the backup serves, because every dyno has a maxconn and the backup has none (router.md 3). */
const HELD_RULE = `http-request set-timeout server ${HELD} if { be_conn_free lt 0 }`;

/** H22 when one app has half of all connections. It ends differently in the log from H11's `deny`. */
function connectionRule({ maxConnections }: HaproxyPlan): string {
  return `http-request return status 503 content-type text/html lf-file ${FILES.errorPage} if { be_conn gt ${Math.floor(maxConnections / 2)} }`;
}

/** No pooled connections to the Node side: it may restart at any time, and held requests are few. */
function nodeServer(role: '' | ' backup'): string {
  return `server node unix@${FILES.backupSocket} pool-max-conn 0${role}`;
}

function backendSection(backend: BackendPlan, limits: RouterLimits): string {
  const kind = kindOf(backend.name);
  return section(`backend ${backend.name} from ${kind}`, [
    kind === 'custom' ? stickyServer() : '',
    nodeServer(' backup'),
    ...backend.servers.map(
      (server) => `server ${server.name} ${serverOptions(server, limits)}${server.mode === 'ready' ? '' : ' disabled'}`,
    ),
  ]);
}
