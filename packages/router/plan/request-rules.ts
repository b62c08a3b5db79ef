import { CLIENTS_FORM, PADDED } from '../access-log/request-id.ts';
import { ofAnswer, ofRequest } from './captures.ts';
import { FILES } from './files.ts';

/** Longest request line, header line, Set-Cookie header and method in bytes (behaviour 2.2). */
const LONGEST_LINE = 8_192;
const LONGEST_METHOD = 127;

const refuse = (status: number, text: string, condition: string): string =>
  `http-request return status ${status} content-type text/plain string "${text}" if ${condition}`;

/** First of all rules, so that lines about refused requests have an id too. */
export function requestIdRule(): string {
  return `http-request set-header X-Request-Id %[${PADDED}] if !{ ${ofRequest('X-Request-Id')} -m reg ${CLIENTS_FORM} }`;
}

/**
 * Refuses what Heroku's router refuses (behaviour 2.2 and 2.3). The first condition of each is false for nearly all requests
 * and cheap; the statuses tell the reader of the log which rule it was (access-log/h-codes.ts).
 */
export function refusals(): string[] {
  const large = `{ internal.htx.data gt ${LONGEST_LINE} }`;
  return [
    refuse(405, 'Method Not Allowed', `{ method,length gt 6 } { method -m reg ^(CONNECT|.{${LONGEST_METHOD + 1},})$ }`),
    refuse(414, 'URI Too Long', `${large} { url,length gt ${LONGEST_LINE} }`),
    refuse(400, 'Bad Request', `${large} { req.hdrs -m reg "[^\\r\\n]{${LONGEST_LINE + 1},}" }`),
    refuse(
      417,
      'Expectation Failed',
      `{ ${ofRequest('Expect')} -m found } !{ req.hdr(expect) -m str -i 100-continue }`,
    ),
  ];
}

/** Without its port, in lower case. */
export const HOST = `${ofRequest('Host')},host_only`;

/** Finds the app of the host, or of a wildcard of its parent domain; answers certificate authorities. */
export function routingRules(): string[] {
  const challenge = `path,map_str(${FILES.acme})`;
  return [
    `http-request set-var(txn.backend) ${HOST},map_str_int(${FILES.hosts})`,
    `http-request set-var(txn.backend) ${HOST},regsub(^[^.]+,*),map_str_int(${FILES.wildcards}) if !{ var(txn.backend) -m found }`,
    `http-request return status 200 content-type text/plain lf-string "%[${challenge}]" if { ${challenge} -m found }`,
  ];
}

/** What the dyno is told about the request (behaviour 2.4). Nothing of it can a client forge. */
export function headerRules(): string[] {
  return [
    // The Node side writes these; HAProxy passes a request on before it knows how long its way was.
    'http-request del-header x-router-dyno',
    'http-request del-header connect-time',
    'http-request del-header total-route-time',
    `http-request set-header X-Forwarded-For "%[${ofRequest('X-Forwarded-For')},concat(', ')]%[var(sess.ip)]"`,
    'http-request set-header X-Request-Start %[date(0,ms)]',
    // After those of proxies before.
    'http-request add-header Via "%[req.ver] heroku-router"',
  ];
}

const VIA = '"1.1 heroku-router"';

/**
 * H25 for a cookie of a dyno that is too long (HAProxy itself answers for headers that it cannot hold, with H17), and 503 in
 * the place of HAProxy's own 502 and 504, which are those without Via. The note of the Node side goes to the log only.
 */
export function responseRules(): string[] {
  const longest = LONGEST_LINE - 'set-cookie: '.length;
  const oversized = `{ ${ofAnswer('Set-Cookie')} -m found } { res.fhdr(set-cookie),length gt ${longest} }`;
  return [
    `http-response del-header x-router-dyno if { ${ofAnswer('X-Router-Dyno')} -m found }`,
    `http-response return status 502 content-type text/html lf-file ${FILES.errorPage} hdr Via ${VIA} if ${oversized}`,
    `http-response add-header Via ${VIA}`,
    'http-after-response set-status 503 reason "Service Unavailable" if { status 502 504 } !{ res.hdr(via) -m found }',
    'http-after-response set-header Server Cowboy if !{ res.hdr(server) -m found }',
  ];
}

/**
 * H31 for a request over a TLS connection that was opened for another app (RFC 9110, 421): a browser then opens one of its
 * own. A connection opened for a name of no app may ask for any.
 */
export function misdirectedRules(): string[] {
  const opened = 'http-request set-var(txn.opened) ssl_fc_sni,lower';
  const other = '{ var(txn.opened) -m found } !{ var(txn.opened),sub(txn.backend) eq 0 }';
  return [
    `${opened},map_str_int(${FILES.hosts}) if { ssl_fc_has_sni }`,
    `${opened},regsub(^[^.]+,*),map_str_int(${FILES.wildcards}) if { ssl_fc_has_sni } !{ var(txn.opened) -m found }`,
    refuse(421, 'Misdirected Request', other),
  ];
}
