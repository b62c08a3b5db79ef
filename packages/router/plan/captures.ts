/**
 * Headers that HAProxy keeps when it reads them. They are in the log line, in this order; a rule finds one there, or that it is
 * missing, at a tenth of what a search through the headers costs (decision 0045). Of a header with several lines it is the last.
 */
const REQUEST = [
  { name: 'Host', length: 300 },
  { name: 'X-Request-Id', length: 208 },
  // Only whether it is there.
  { name: 'Expect', length: 1 },
  { name: 'Accept', length: 256 },
  // The longest line that a request may have. It comes last: what a log line has no room for is cut.
  { name: 'X-Forwarded-For', length: 8_192 },
] as const;

const ANSWER = [
  { name: 'X-Router-Dyno', length: 128 },
  // Only whether it is there: what a cookie says is nothing for a log.
  { name: 'Set-Cookie', length: 1 },
] as const;

/** Stand in each frontend. */
export const CAPTURES: readonly string[] = [
  ...REQUEST.map(({ name, length }) => `capture request header ${name} len ${length}`),
  ...ANSWER.map(({ name, length }) => `capture response header ${name} len ${length}`),
];

/** HAProxy's expression for a captured header of the request. */
export function ofRequest(header: (typeof REQUEST)[number]['name']): string {
  return `capture.req.hdr(${REQUEST.findIndex(({ name }) => name === header)})`;
}

/** HAProxy's expression for a captured header of a server's answer. */
export function ofAnswer(header: (typeof ANSWER)[number]['name']): string {
  return `capture.res.hdr(${ANSWER.findIndex(({ name }) => name === header)})`;
}
