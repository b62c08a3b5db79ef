import type { LogLine } from '../log/log-line.ts';

/** A line with its place in the feed. Cursors grow; after a restart of the feed's process they start a new epoch. */
export interface FedLine {
  /** `<epoch>.<sequence>`. */
  readonly cursor: string;
  readonly line: LogLine;
}

/**
 * Lines that a process of the data plane (node agent, router) keeps until the log hub has them on disk. Bounded: when the
 * reader is away for long the oldest are dropped and counted, and an L10 notice takes their place.
 */
export interface LineFeed {
  /** Everything after `cursor` (null or another epoch: everything kept), then live, in batches. Ends when the signal aborts. */
  lines(cursor: string | null, signal: AbortSignal): AsyncIterable<readonly FedLine[]>;
  /** Everything up to `cursor` is safe and may be forgotten. */
  acknowledge(cursor: string): Promise<void>;
}
