/** Makes identifiers. A port, so that tests can predict them. */
export interface Ids {
  /** A UUID (version 7, so that ids sort by creation). Every resource of the API is identified by one. */
  uuid(): string;
  /** `bytes` (default 32) random bytes as lower-case hex: tokens, secrets, attach capabilities. */
  secret(bytes?: number): string;
  /** A whole number, `min` <= n <= `max`: one-off dyno numbers, ports, jitter. */
  integer(min: number, max: number): number;
}
