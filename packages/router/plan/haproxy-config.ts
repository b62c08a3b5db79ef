import { createHash } from 'node:crypto';
import { isIPv6 } from 'node:net';
import type { RouterLimits } from '../limits.ts';
import { FILES } from './files.ts';
import { type ServerPlan, serverOptions } from './servers.ts';

export interface BackendPlan {
  /** `b00017`. */
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
  const empty = { ...plan, backends: plan.backends.map(({ name }) => ({ name, servers: [] })) };
  const hash = createHash('sha256').update(haproxyConfig(empty, ''));
  for (const text of extra) hash.update('\0').update(text);
  return hash.digest('hex').slice(0, 32);
}

function fixedSections(plan: HaproxyPlan, fingerprint: string): string[] {
  return [globalSection(plan, fingerprint), logRing(), frontendDefaults(plan.limits), frontend(plan), pool(plan)];
}

function section(title: string, lines: readonly string[]): string {
  return [title, ...lines.filter((line) => line !== '').map((line) => `  ${line}`)].join('\n');
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
    `stats socket unix@${FILES.adminSocket} mode 600 level admin expose-fd listeners`,
    'stats timeout 1h',
    'hard-stop-after 10m',
    'ssl-default-bind-options ssl-min-ver TLSv1.2',
  ]);
}

function logRing(): string {
  return section('ring rlog', [
    'format rfc3164',
    'maxlen 16384',
    'size 2097152',
    'timeout connect 5s',
    'timeout server 10s',
    `server s1 unix@${FILES.logSocket} log-proto octet-count`,
  ]);
}

const ERROR_PAGES = [502, 503, 504].map(
  (status) => `http-error status ${status} content-type text/html lf-file ${FILES.errorPage}`,
);

function frontendDefaults(limits: RouterLimits): string {
  return section('defaults fe', [
    'mode http',
    `timeout client ${limits.idleMs}ms`,
    'timeout http-request 30s',
    `timeout http-keep-alive ${limits.idleMs}ms`,
    ...ERROR_PAGES,
  ]);
}

/**
 * Fields of one access log line, tab separated. What a client can choose stands last and is JSON-escaped: it can neither
 * add a field nor push one out when a line is cut. Read by `access-log/entry.ts` in the same order.
 */
const logFields = (version: HaproxyPlan['version']): string[] => [
  '%b',
  '%s',
  '%ts',
  '%ST',
  '%Tw',
  '%Tc',
  '%Ta',
  '%B',
  '%[ssl_fc]',
  '%[date(0,us)]',
  '%[var(txn.dyno)]',
  // From 3.0 on a dyno that falls silent ends like a client that leaves; this helps to tell them apart.
  version[0] >= 3 ? '%[fs.aborted]' : '-',
  '%HM',
  '%[var(txn.rid)]',
  '%[var(txn.host),json(utf8s)]',
  '%[var(txn.path),json(utf8s)]',
  '%[var(txn.fwd),json(utf8s)]',
];

const REQUEST_ID = '^[A-Za-z0-9=+/-]{20,200}$';

function frontend(plan: HaproxyPlan): string {
  const address = isIPv6(plan.bind) ? `ipv6@[${plan.bind}]` : `ipv4@${plan.bind}`;
  const mapped = (key: string, file: string): string => `${key},map_str(${file})`;
  const byHost = mapped('var(txn.host)', FILES.hosts);
  const byWildcard = mapped('var(txn.route)', FILES.wildcards);
  const byChallenge = mapped('path', FILES.acme);
  const affinity = mapped('var(txn.route)', FILES.affinity);
  return section('frontend web from fe', [
    'option idle-close-on-response',
    'option dontlognull',
    'option http-ignore-probes',
    `bind ${address}:${plan.httpPort}`,
    plan.httpsPort === null
      ? ''
      : `bind ${address}:${plan.httpsPort} ssl crt-list ${FILES.certificates} alpn h2,http/1.1`,
    'unique-id-format %[uuid()]',
    'log ring@rlog len 16384 format raw local0',
    `log-format "${logFields(plan.version).join('\\t')}"`,
    'http-request set-var(txn.path) pathq',
    'http-request set-var(txn.host) req.hdr(host),field(1,:),lower',
    'http-request set-var(txn.route) var(txn.host)',
    `http-request set-var(txn.route) var(txn.host),regsub(^[^.]+,*) if !{ ${byHost} -m found }`,
    `http-request set-var(txn.rid) req.hdr(x-request-id) if { req.hdr(x-request-id) -m reg ${REQUEST_ID} }`,
    'http-request set-var(txn.rid) unique-id if !{ var(txn.rid) -m found }',
    'http-request set-var-fmt(txn.fwd) "%[req.fhdr(x-forwarded-for)], %[src]" if { req.hdr(x-forwarded-for) -m found }',
    'http-request set-var(txn.fwd) src if !{ var(txn.fwd) -m found }',
    'http-request del-header x-router- -m beg',
    'http-request set-header X-Request-Id %[var(txn.rid)]',
    'http-request set-header X-Forwarded-For %[var(txn.fwd)]',
    'http-request set-header X-Forwarded-Proto https if { ssl_fc }',
    'http-request set-header X-Forwarded-Proto http if !{ ssl_fc }',
    'http-request set-header X-Forwarded-Port %[dst_port]',
    'http-request set-header X-Request-Start %[date(0,ms)]',
    'http-request set-header Via "%[req.ver] heroku-router"',
    'http-response set-header Via "1.1 heroku-router"',
    'http-response set-var(txn.up) bool(1)',
    // Only the Node side may name the dyno and the code of a line: a dyno that sends this header is not believed.
    'http-response set-var(txn.dyno) res.fhdr(x-router-dyno) if { srv_name node } { res.hdr(x-router-dyno) -m found }',
    'http-response del-header x-router- -m beg',
    `http-response add-header Set-Cookie "heroku-session-affinity=%[srv_name]; Path=/; HttpOnly; Max-Age=86400" if !{ srv_name node } { ${affinity} -m found }`,
    'http-after-response set-status 503 reason "Service Unavailable" if !{ var(txn.up) -m found } { status 502 504 }',
    `http-request return status 200 content-type text/plain lf-string "%[${byChallenge}]" if { path_beg /.well-known/acme-challenge/ } { ${byChallenge} -m found }`,
    `use_backend %[${byHost}] if { ${byHost} -m found }`,
    `use_backend %[${byWildcard}] if { ${byWildcard} -m found }`,
    'default_backend be_node',
  ]);
}

function pool(plan: HaproxyPlan): string {
  const { limits } = plan;
  const exactTimeouts = plan.version[0] > 2 || plan.version[1] >= 9;
  const held = `${limits.holdMs + limits.firstByteMs + limits.idleMs}ms`;
  const defaults = section('defaults pool', [
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
    exactTimeouts ? 'option abortonclose' : '',
    'http-request return status 417 content-type text/plain string "Expectation Failed" if { req.hdr(expect) -m found } !{ req.hdr(expect) -m str -i 100-continue }',
    `http-request deny deny_status 503 if { avg_queue ge ${limits.requestsPerDyno} }`,
    exactTimeouts
      ? `http-response set-timeout server ${limits.idleMs}ms`
      : `http-request set-timeout server ${limits.idleMs}ms if { req.hdr(accept) -m sub text/event-stream }`,
    // Negative exactly while the backup serves, because every dyno has a maxconn and the backup has none (router.md 3).
    `http-request set-timeout server ${held} if { be_conn_free lt 0 }`,
    ...ERROR_PAGES,
  ]);
  const fallback = section('backend be_node from pool', [`timeout server ${held}`, nodeServer('')]);
  return `${defaults}\n\n${fallback}`;
}

/** No pooled connections to the Node side: it may restart at any time, and held requests are few. */
function nodeServer(role: '' | ' backup'): string {
  return `server node unix@${FILES.backupSocket} pool-max-conn 0${role}`;
}

/** The sticky cookie counts only for apps that asked for it, and only when it has the form of a server's name. */
const STICKY = `{ var(txn.route),map_str(${FILES.affinity}) -m found } { req.cook(heroku-session-affinity) -m reg ^[a-z0-9_-]+\\.[0-9]+\\.[0-9]+$ }`;

function backendSection(backend: BackendPlan, limits: RouterLimits): string {
  return section(`backend ${backend.name} from pool`, [
    `use-server %[req.cook(heroku-session-affinity)] if ${STICKY}`,
    nodeServer(' backup'),
    ...backend.servers.map(
      (server) => `server ${server.name} ${serverOptions(server, limits)}${server.mode === 'ready' ? '' : ' disabled'}`,
    ),
  ]);
}
