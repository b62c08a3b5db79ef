import type { Clock, FedLine, LineFeed, LogHub, LogLine } from '@jangada/core';

/** Milliseconds before a broken feed is read again. */
const RETRY_MS = 500;

export interface LogPumpOptions {
  readonly feed: LineFeed;
  readonly hub: LogHub;
  readonly clock: Clock;
  /** Sees every batch before the hub has it; a batch may come again after a break. */
  readonly observe?: (lines: readonly LogLine[]) => void;
  /** Names the feed in the platform's log. */
  readonly name: string;
  readonly report: (event: string, detail: Readonly<Record<string, unknown>>) => void;
}

/**
 * Moves lines from a feed into the hub until the signal aborts. A line is acknowledged only when the hub has it on disk, so
 * that a kill at any moment loses none; after a break the feed is read on from the last line taken.
 */
export async function pumpLines(options: LogPumpOptions, signal: AbortSignal): Promise<void> {
  const { feed, hub, clock, name, report, observe } = options;
  let cursor: string | null = null;
  let broken = false;
  while (!signal.aborted) {
    try {
      for await (const batch of feed.lines(cursor, signal)) {
        if (broken) report('log-pump.resumed', { feed: name });
        broken = false;
        const lines = batch.map((fed: FedLine) => fed.line);
        observe?.(lines);
        await hub.append(lines);
        cursor = batch.at(-1)?.cursor ?? cursor;
        if (cursor !== null) await feed.acknowledge(cursor);
      }
    } catch (error) {
      if (!broken) report('log-pump.broken', { feed: name, error: String(error) });
      broken = true;
    }
    await clock.sleep(RETRY_MS, signal).catch(() => undefined);
  }
}
