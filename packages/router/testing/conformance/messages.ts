/** A dyno's answer. */
export const OK = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok';

/** A request after whose answer the connection ends; `rest`: more header lines. */
export function get(host: string, rest = '', path = '/'): string {
  return head('GET', host, rest, path);
}

/** A request whose body follows it. */
export function post(host: string, rest: string): string {
  return head('POST', host, rest, '/');
}

function head(method: string, host: string, rest: string, path: string): string {
  return `${method} ${path} HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n${rest}\r\n`;
}
