import { FILES } from './files.ts';
import { SETTING } from './maps.ts';
import { HOST } from './request-rules.ts';

/** One of an app's own settings. `requests.firstByteMs` and the like are whole numbers. */
const setting = (name: keyof typeof SETTING): string => `var(txn.settings),field(${SETTING[name]},:)`;

/** The app switched this on. */
const chosen = (name: 'affinity' | 'httpsOnly'): string => `{ ${setting(name)} -m str 1 }`;

/** Looked up once for each request of an app that chose anything. */
export const LOOK_UP_SETTINGS = `http-request set-var(txn.settings) be_name,map_str(${FILES.settings})`;

/** H11 once as many requests wait for each dyno as one works on. */
export function backlogRules(): string[] {
  return [
    `http-request set-var(txn.requests) ${setting('requestsPerDyno')},add(0)`,
    'http-request deny deny_status 503 if { queue gt 0 } { avg_queue,sub(txn.requests) ge 0 }',
  ];
}

/** Time-outs of a HAProxy that tells the first byte of an answer from the rest, and of one that cannot. */
export function timeoutRules(exact: boolean, eventStream: string): string[] {
  const tunnel = `http-request set-timeout tunnel ${setting('idleMs')}`;
  const firstByte = `http-request set-timeout server ${setting('firstByteMs')}`;
  return exact
    ? [firstByte, `http-response set-timeout server ${setting('idleMs')}`, tunnel]
    : [firstByte, `http-request set-timeout server ${setting('idleMs')} if ${eventStream}`, tunnel];
}

/** The sticky cookie names the dyno, for apps that asked for it. */
export function stickyRule(): string {
  const cookie = 'heroku-session-affinity=%[srv_name]; Path=/; HttpOnly; Max-Age=86400';
  return `http-response add-header Set-Cookie "${cookie}" if ${chosen('affinity')} !{ srv_name node }`;
}

/** It counts only when it has the form of a server's name. */
export function stickyServer(): string {
  const form = '{ req.cook(heroku-session-affinity) -m reg ^[a-z0-9_-]+\\.[0-9]+\\.[0-9]+$ }';
  return `use-server %[req.cook(heroku-session-affinity)] if ${chosen('affinity')} ${form}`;
}

/** Sends plain HTTP of apps that asked for it to HTTPS; 308 keeps method and body of what is not a read (RFC 9110, 15.4.9). */
export function httpsRules(httpsPort: number | null): string[] {
  if (httpsPort === null) return [];
  const authority = `%[${HOST}]${httpsPort === 443 ? '' : `:${httpsPort}`}`;
  const redirect = (code: number, method: string): string =>
    `http-request redirect location https://${authority}%[pathq] code ${code} if ${chosen('httpsOnly')} !{ ssl_fc } ${method}`;
  return [redirect(301, '{ method GET HEAD }'), redirect(308, '!{ method GET HEAD }')];
}
