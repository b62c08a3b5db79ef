import { mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { type Clock, type LogFilter, type LogHub, type LogLine, type StoredLine, systemClock } from '@jangada/core';
import { AppLog, type AppLogLimits } from './app-log.ts';
import { checkName, isName } from './disk-error.ts';

export interface LogHubOptions extends Partial<AppLogLimits> {
  /** Default: the machine's own. */
  readonly clock?: Clock;
}

/** A log hub that has to be closed. */
export interface LogFolder extends LogHub {
  /** Writes what was handed in, ends all followers and closes the files. */
  close(): Promise<void>;
}

/** Heroku's numbers: 1,500 lines, one week (behaviour 4.2). */
const LIMITS: AppLogLimits = { keepLines: 1_500, segmentLines: 500, expiryMs: 7 * 24 * 3_600_000 };

const REST_MS = 5_000;
/** Every so many rests all apps are looked at, not only those in memory: once an hour. */
const RESTS_BETWEEN_SWEEPS = 720;

/** Keeps the lines of every app in a folder below `folder`, which is made when it is not there. Only one process may use it. */
export async function openLogHub(folder: string, options: LogHubOptions = {}): Promise<LogFolder> {
  const { clock = systemClock, ...limits } = options;
  await mkdir(folder, { recursive: true, mode: 0o700 });
  return new FolderLogHub(folder, { ...LIMITS, ...limits }, clock);
}

class FolderLogHub implements LogFolder {
  readonly #folder: string;
  readonly #limits: AppLogLimits;
  readonly #clock: Clock;
  readonly #logs = new Map<string, AppLog>();
  readonly #closing = new AbortController();
  readonly #resting: Promise<void>;

  constructor(folder: string, limits: AppLogLimits, clock: Clock) {
    this.#folder = folder;
    this.#limits = limits;
    this.#clock = clock;
    this.#resting = this.#rest();
  }

  async append(lines: readonly LogLine[]): Promise<void> {
    const byApp = Map.groupBy(lines, (line) => line.appId);
    await Promise.all(Array.from(byApp, async ([appId, ofApp]) => this.#log(appId).append(ofApp)));
  }

  async recent(appId: string, limit: number, filter: LogFilter = {}): Promise<readonly StoredLine[]> {
    return this.#log(appId).recent(Math.min(limit, this.#limits.keepLines), filter);
  }

  async *tail(appId: string, after: number, filter: LogFilter, signal: AbortSignal): AsyncIterable<StoredLine> {
    yield* this.#log(appId).tail(after, filter, signal);
  }

  async remove(appId: string): Promise<void> {
    await this.#log(appId).remove();
  }

  async close(): Promise<void> {
    this.#closing.abort();
    await this.#resting;
    await Promise.all(Array.from(this.#logs.values(), (log) => log.end()));
    this.#logs.clear();
  }

  #log(appId: string): AppLog {
    const known = this.#logs.get(appId);
    if (known !== undefined) return known;
    const log = new AppLog(appId, join(this.#folder, checkName(appId)), this.#limits, () =>
      this.#clock.now().getTime(),
    );
    this.#logs.set(appId, log);
    return log;
  }

  async #rest(): Promise<void> {
    const { signal } = this.#closing;
    for (let round = 0; !signal.aborted; round++) {
      if (round % RESTS_BETWEEN_SWEEPS === 0) await this.#sweep();
      for (const [appId, log] of this.#logs) {
        await log.rest().catch(() => undefined);
        if (log.idle) this.#logs.delete(appId);
      }
      await this.#clock.sleep(REST_MS, signal).catch(() => undefined);
    }
  }

  /** Brings every app to mind for a moment, so that what is too old goes. */
  async #sweep(): Promise<void> {
    for (const entry of await readdir(this.#folder, { withFileTypes: true })) {
      if (entry.isDirectory() && isName(entry.name)) this.#log(entry.name);
    }
  }
}
