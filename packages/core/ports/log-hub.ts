import type { LogLine, LogSource } from '../log/log-line.ts';

export interface LogFilter {
  /** Only this source. */
  readonly source?: LogSource;
  /** `web` for all dynos of a type, `web.1` for one, `router`, `api`. */
  readonly ps?: string;
}

export interface StoredLine {
  /** Grows within an app; the SSE event id. */
  readonly id: number;
  readonly line: LogLine;
}

/** Keeps the newest lines of every app on disk, in the order of arrival, and hands them to readers. Logplex semantics. */
export interface LogHub {
  /** Resolves when the lines survive a kill of this process. */
  append(lines: readonly LogLine[]): Promise<void>;
  /** The last `limit` lines (at most 1,500) that match, oldest first. */
  recent(appId: string, limit: number, filter?: LogFilter): Promise<readonly StoredLine[]>;
  /**
   * Lines with an id above `after` that are still kept, then live, in order, each once. A reader that falls behind by more
   * than the buffer gets an L11 notice in place of what it missed. Ends when the signal aborts.
   */
  tail(appId: string, after: number, filter: LogFilter, signal: AbortSignal): AsyncIterable<StoredLine>;
  /** Forgets an app. */
  remove(appId: string): Promise<void>;
}

/** Output of builds and release commands: appended while it runs, readable live and afterwards. Capped at 300 MB. */
export interface OutputStreams {
  append(id: string, chunk: Uint8Array): Promise<void>;
  /** No more output will come; readers end. Also called at start-up for streams that a crash left open. */
  finish(id: string): Promise<void>;
  /** From the beginning, then live until finished. Throws `not_found` when nothing was ever appended or finished. */
  read(id: string, signal: AbortSignal): AsyncIterable<Uint8Array>;
  remove(id: string): Promise<void>;
}
