/** Seconds in which a web dyno must bind its port (behaviour 1.2). */
export const bootTimeoutSeconds = 60;

/** Milliseconds between SIGTERM and SIGKILL (behaviour 1.3). */
export const exitGraceMs = 30_000;

/** Milliseconds that a web dyno may go on with the requests it has before it gets SIGTERM. */
export const drainLimitMs = 30_000;
