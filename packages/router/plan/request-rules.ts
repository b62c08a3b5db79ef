import { FILES } from './files.ts';

/** The app has settings of its own in one of the maps. */
export const SPECIAL = '{ var(txn.special) -m found }';

/** A rule has named the H-code with which the request ends. */
export const REFUSED = '{ var(txn.code) -m found }';

/** Longest request line, header line, Set-Cookie header and method in bytes (behaviour 2.2). */
const LONGEST_LINE = 8_192;
const LONGEST_METHOD = 127;

const refuse = (status: number, text: string, condition: string): string =>
  `http-request return status ${status} content-type text/plain string "${text}" if ${condition}`;

/** Refuses what Heroku's router refuses (behaviour 2.2 and 2.3). The pattern is tried on large requests only. */
export function requestRules(): string[] {
  const code = (condition: string): string => `http-request set-var(txn.code) str(H26) if ${condition}`;
  const headersMatch = (pattern: string): string => `{ req.hdrs -m reg "${pattern}" }`;
  return [
    refuse(405, 'Method Not Allowed', '{ method CONNECT }'),
    refuse(405, 'Method Not Allowed', `{ method,length gt ${LONGEST_METHOD} }`),
    refuse(414, 'URI Too Long', `{ url,length gt ${LONGEST_LINE} }`),
    code(`{ internal.htx.data gt ${LONGEST_LINE} } ${headersMatch(`[^\\r\\n]{${LONGEST_LINE + 1},}`)}`),
    refuse(400, 'Bad Request', REFUSED),
    code('{ req.hdr(expect) -m found } !{ req.hdr(expect) -m str -i 100-continue }'),
    refuse(417, 'Expectation Failed', REFUSED),
  ];
}

/** H25 for a cookie of a dyno that is too long. HAProxy itself answers for headers that it cannot hold, with H17. */
export function responseRules(): string[] {
  return [
    `http-response set-var(txn.code) str(H25) if { res.fhdr(set-cookie),length gt ${LONGEST_LINE - 'set-cookie: '.length} }`,
    `http-response return status 502 content-type text/html lf-file ${FILES.errorPage} if ${REFUSED}`,
  ];
}

/**
 * H31 for a request over a TLS connection that was opened for another app (RFC 9110, 421): a browser then opens one of its
 * own. A connection opened for a name of no app may ask for any.
 */
export function misdirectedRules(mapped: (key: string, file: string) => string): string[] {
  const wildcard = mapped('ssl_fc_sni,lower,regsub(^[^.]+,*)', FILES.wildcards);
  return [
    `http-request set-var(txn.opened) ${mapped('ssl_fc_sni,lower', FILES.hosts)} if { ssl_fc_has_sni }`,
    `http-request set-var(txn.opened) ${wildcard} if { ssl_fc_has_sni } !{ var(txn.opened) -m found }`,
    'http-request set-var(txn.code) str(H31) if { var(txn.opened) -m found } !{ var(txn.opened),strcmp(txn.backend) eq 0 }',
    refuse(421, 'Misdirected Request', REFUSED),
  ];
}

/** Sends plain HTTP of apps that asked for it to HTTPS; 308 keeps method and body of what is not a read (RFC 9110, 15.4.9). */
export function httpsRules(httpsPort: number | null, asked: string): string[] {
  // HAProxy must know the map, whether or not there is a TLS listener: it follows the route table.
  const wanted = `http-request set-var(txn.https) ${asked} if ${SPECIAL} !{ ssl_fc }`;
  if (httpsPort === null) return [wanted];
  const authority = `%[var(txn.host)]${httpsPort === 443 ? '' : `:${httpsPort}`}`;
  const redirect = (code: number, method: string): string =>
    `http-request redirect location https://${authority}%[var(txn.path)] code ${code} if { var(txn.https) -m found } ${method}`;
  return [wanted, redirect(301, '{ method GET HEAD }'), redirect(308, '!{ method GET HEAD }')];
}
