import type { Clock, FedLine, LineFeed, LogHub, LogLine } from '@jangada/core';
import { isPlatformError } from '@jangada/platform-api';

/** Milliseconds before a broken feed is read again, and before lines are stored that could not be. */
const RETRY_MS = 500;

/** Failures in a row after which an app's lines are given up. */
const PATIENCE = 10;

/** Troubles that are no app's own, such as a full disk: they are waited for however long they take. */
const OF_ALL = new Set(['EROFS', 'EMFILE', 'ENFILE']);

export interface LogPumpOptions {
  readonly feed: LineFeed;
  readonly hub: Pick<LogHub, 'append'>;
  readonly clock: Clock;
  /** Sees every batch before the hub has it, and once, however often it takes to store it. */
  readonly observe?: (lines: readonly LogLine[]) => void;
  /** Told again and again while the feed cannot be read or lines wait to be stored: `observe` sees none meanwhile. */
  readonly missed?: () => void;
  /** Names the feed in the platform's log. */
  readonly name: string;
  readonly report: (event: string, detail: Readonly<Record<string, unknown>>) => void;
}

/**
 * Moves lines from a feed into the hub until the signal aborts. A line is acknowledged only when the hub has it on disk, so
 * that a kill at any moment loses none; after a break the feed is read on from the last line taken. Lines of an app whose
 * log cannot be written are given up after a while: one damaged log stops no other.
 */
export async function pumpLines(options: LogPumpOptions, signal: AbortSignal): Promise<void> {
  const { feed, observe, missed, clock } = options;
  const breaks = reportBreaks(options);
  const store = storing(options, breaks, signal);
  let cursor: string | null = null;
  while (!signal.aborted) {
    try {
      for await (const batch of feed.lines(cursor, signal)) {
        const lines = batch.map((fed: FedLine) => fed.line);
        observe?.(lines);
        if (!(await store(lines))) return;
        breaks.over();
        cursor = batch.at(-1)?.cursor ?? cursor;
        if (cursor !== null) await feed.acknowledge(cursor);
      }
    } catch (error) {
      breaks.begin(error);
    }
    if (signal.aborted) return;
    missed?.();
    await clock.sleep(RETRY_MS, signal).catch(() => undefined);
  }
}

/** Times in which lines do not move on. */
interface Breaks {
  begin(error: unknown): void;
  over(): void;
}

/** A break is told of once, and its end. */
function reportBreaks({ name, report }: LogPumpOptions): Breaks {
  let broken = false;
  return {
    begin(error) {
      if (!broken) report('log-pump.broken', { feed: name, error: String(error) });
      broken = true;
    },
    over() {
      if (broken) report('log-pump.resumed', { feed: name });
      broken = false;
    },
  };
}

/**
 * Stores the lines of each app by themselves, so that only what failed is tried again. Resolves with true when all are
 * stored or given up, and with false when the signal aborted before.
 */
function storing(options: LogPumpOptions, breaks: Breaks, signal: AbortSignal) {
  const { hub, clock, name, report, missed } = options;
  /** Failures in a row, by app. They outlast a batch, so that a log that stays damaged costs one try for each. */
  const failures = new Map<string, number>();

  /** Whether the lines of one app are dealt with. */
  async function settle(appId: string, lines: readonly LogLine[]): Promise<boolean> {
    try {
      await hub.append(lines);
      failures.delete(appId);
      return true;
    } catch (error) {
      const count = (failures.get(appId) ?? 0) + (isOfAll(error) ? 0 : 1);
      failures.set(appId, count);
      if (count < PATIENCE || isOfAll(error)) {
        breaks.begin(error);
        return false;
      }
      if (count === PATIENCE) report('log-pump.given-up', { feed: name, appId, error: String(error) });
      return true;
    }
  }

  return async (lines: readonly LogLine[]): Promise<boolean> => {
    const waiting = Map.groupBy(lines, (line) => line.appId);
    while (true) {
      await Promise.all(
        Array.from(waiting, async ([appId, ofApp]) => {
          if (await settle(appId, ofApp)) waiting.delete(appId);
        }),
      );
      if (waiting.size === 0) return true;
      missed?.();
      await clock.sleep(RETRY_MS, signal).catch(() => undefined);
      if (signal.aborted) return false;
    }
  };
}

function isOfAll(error: unknown): boolean {
  if (isPlatformError(error, 'disk_full')) return true;
  return error instanceof Error && 'code' in error && OF_ALL.has(String(error.code));
}
