import type { AppRoute } from '@jangada/core';

/** Numbers of the request path. Milliseconds unless said otherwise; the defaults are Heroku's (behaviour 2.1). */
export interface RouterLimits {
  /** For a client to send the headers of a request; beyond it 408, and no line: no app is known yet. */
  readonly headersMs: number;
  /** To open a connection to a dyno; beyond it H19. */
  readonly connectMs: number;
  /** Until the first byte of the response; beyond it H12. */
  readonly firstByteMs: number;
  /** Silence on an open response or WebSocket: H15 (dyno) or H28 (client). Also the idle time of client keep-alive. */
  readonly idleMs: number;
  /** How long a request waits for a starting or sleeping app; beyond it H20. */
  readonly holdMs: number;
  /** How long a request waits for a free place at a busy dyno; beyond it H11. */
  readonly queueMs: number;
  /** Requests that one dyno works on at a time; as many again may wait for each, further ones get H11. Decision 0025. */
  readonly requestsPerDyno: number;
  /** How long a dyno that could not be reached gets no requests. */
  readonly quarantineMs: number;
}

export const DEFAULT_LIMITS: RouterLimits = {
  headersMs: 30_000,
  connectMs: 5_000,
  firstByteMs: 30_000,
  idleMs: 55_000,
  holdMs: 75_000,
  queueMs: 30_000,
  requestsPerDyno: 500,
  quarantineMs: 5_000,
};

/** The numbers for one app: what it chose, and the router's own for the rest. */
export function limitsOf(route: AppRoute | undefined, own: RouterLimits): RouterLimits {
  const chosen = route?.limits ?? {};
  return {
    ...own,
    firstByteMs: chosen.requestTimeoutMs ?? own.firstByteMs,
    idleMs: chosen.idleTimeoutMs ?? own.idleMs,
    requestsPerDyno: chosen.maxRequestsPerDyno ?? own.requestsPerDyno,
  };
}
