import { isIPv6 } from 'node:net';
import { FILES } from './files.ts';
import type { HaproxyPlan } from './haproxy-config.ts';
import { httpsRules, misdirectedRules, requestRules, responseRules, SPECIAL } from './request-rules.ts';
import { section } from './section.ts';

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
  '%[var(txn.code)]',
  '%HM',
  '%[var(txn.rid)]',
  '%[var(txn.host),json(utf8s)]',
  '%[var(txn.path),json(utf8s)]',
  '%[var(txn.fwd),json(utf8s)]',
];

const REQUEST_ID = '^[A-Za-z0-9=+/-]{20,200}$';

/** What happens to every request before its app is known, and to every answer. */
export function frontend(plan: HaproxyPlan): string {
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
    `http-request set-var(txn.backend) ${byHost}`,
    'http-request set-var(txn.route) var(txn.host)',
    'http-request set-var(txn.route) var(txn.host),regsub(^[^.]+,*) if !{ var(txn.backend) -m found }',
    `http-request set-var(txn.backend) ${byWildcard} if !{ var(txn.backend) -m found }`,
    `http-request set-var(txn.special) ${mapped('var(txn.route)', FILES.special)}`,
    `http-request set-var(txn.rid) req.hdr(x-request-id) if { req.hdr(x-request-id) -m reg ${REQUEST_ID} }`,
    'http-request set-var(txn.rid) unique-id if !{ var(txn.rid) -m found }',
    'http-request set-var-fmt(txn.fwd) "%[req.fhdr(x-forwarded-for)], %[src]" if { req.hdr(x-forwarded-for) -m found }',
    'http-request set-var(txn.fwd) src if !{ var(txn.fwd) -m found }',
    ...requestRules(),
    'http-request del-header x-router- -m beg',
    // The Node side writes these; HAProxy passes a request on before it knows them.
    'http-request del-header connect-time',
    'http-request del-header total-route-time',
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
    ...responseRules(),
    `http-response add-header Set-Cookie "heroku-session-affinity=%[srv_name]; Path=/; HttpOnly; Max-Age=86400" if ${SPECIAL} { ${affinity} -m found } !{ srv_name node }`,
    'http-after-response set-status 503 reason "Service Unavailable" if !{ var(txn.up) -m found } { status 502 504 }',
    'http-after-response set-header Server Cowboy if !{ res.hdr(server) -m found }',
    `http-request return status 200 content-type text/plain lf-string "%[${byChallenge}]" if { path_beg /.well-known/acme-challenge/ } { ${byChallenge} -m found }`,
    ...httpsRules(plan.httpsPort, mapped('var(txn.route)', FILES.httpsOnly)),
    ...misdirectedRules(mapped),
    'use_backend %[var(txn.backend)] if { var(txn.backend) -m found }',
    'default_backend be_node',
  ]);
}
