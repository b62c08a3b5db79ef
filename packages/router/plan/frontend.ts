import { isIPv6 } from 'node:net';
import { unpaddedId } from '../access-log/request-id.ts';
import { BACKEND } from './backend-pool.ts';
import { CAPTURES } from './captures.ts';
import { FILES } from './files.ts';
import type { HaproxyPlan } from './haproxy-config.ts';
import {
  headerRules,
  misdirectedRules,
  refusals,
  requestIdRule,
  responseRules,
  routingRules,
} from './request-rules.ts';
import { section } from './section.ts';

/**
 * One access log line: four parts, tab separated, and blanks between the fields of the first part, which cost HAProxy less.
 * It encodes what a client can choose (the other parts), blanks aside: a client can neither add a part nor push one out when a
 * line is cut, because what it can make longest comes last. Read by `access-log/entry.ts` in the same order.
 */
const logFormat = (version: HaproxyPlan['version'], tls: boolean): string =>
  [logFields(version, tls).join(' '), '%hs', '%r', '%hr'].join('\\t');

const logFields = (version: HaproxyPlan['version'], tls: boolean): string[] => [
  '%b',
  '%s',
  '%ts',
  '%ST',
  '%Tw',
  '%Tc',
  '%Ta',
  '%B',
  tls ? '1' : '0',
  '%[date(0,us)]',
  // From 3.0 on a dyno that falls silent ends like a client that leaves; this helps to tell them apart.
  version[0] >= 3 ? '%[fs.aborted]' : '-',
  '%[var(sess.ip)]',
  '%ID',
];

/**
 * What happens to every request before its app is known, and to every answer. Each rule costs every request: what can be
 * found out later (from the log line, say) has none here. Decision 0045.
 */
export function frontends(plan: HaproxyPlan): string {
  const { bind, httpPort, httpsPort, limits } = plan;
  const address = isIPv6(bind) ? `ipv6@[${bind}]` : `ipv4@${bind}`;
  const defaults = section('defaults fe', [
    'mode http',
    `timeout client ${limits.idleMs}ms`,
    `timeout http-request ${limits.headersMs}ms`,
    `timeout http-keep-alive ${limits.idleMs}ms`,
    'option idle-close-on-response',
    'option dontlognull',
    'option http-ignore-probes',
    `unique-id-format ${unpaddedId(plan.startMark)}`,
    'log ring@rlog len 16384 format raw local0',
    ...ERROR_PAGES,
    requestIdRule(),
    ...refusals(),
    ...routingRules(),
    ...headerRules(),
    ...responseRules(),
  ]);
  const plain = section('frontend web from fe', [
    `bind ${address}:${httpPort}`,
    ...captures(plan, false),
    'http-request set-header X-Forwarded-Proto http',
    `http-request set-header X-Forwarded-Port ${httpPort}`,
    ...DESTINATION,
  ]);
  if (httpsPort === null) return `${defaults}\n\n${plain}`;
  const encrypted = section('frontend tls from fe', [
    `bind ${address}:${httpsPort} ssl crt-list ${FILES.certificates} alpn h2,http/1.1`,
    ...captures(plan, true),
    'http-request set-header X-Forwarded-Proto https',
    `http-request set-header X-Forwarded-Port ${httpsPort}`,
    ...misdirectedRules(),
    ...DESTINATION,
  ]);
  return `${defaults}\n\n${plain}\n\n${encrypted}`;
}

/** What the log line needs of the headers. */
function captures({ version }: HaproxyPlan, tls: boolean): string[] {
  return [
    `log-format "${logFormat(version, tls)}"`,
    ...CAPTURES,
    // As text, once for each connection. HAProxy does not take this rule from defaults.
    'tcp-request connection set-var(sess.ip) src,lower',
  ];
}

/** A name that is no backend's leads to the default. */
const DESTINATION = [`use_backend ${BACKEND}%[var(txn.backend)]`, 'default_backend be_node'];

/** HAProxy's own errors. */
export const ERROR_PAGES = [502, 503, 504].map(
  (status) => `http-error status ${status} content-type text/html lf-file ${FILES.errorPage}`,
);
