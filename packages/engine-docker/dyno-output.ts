import { Allowance, LineSplitter, type LogLine, logTime, overflowLine, type Rate } from '@jangada/core';
import type { OutputStream } from './frames.ts';

/**
 * What is kept of what one dyno writes, so that a flood neither fills the feed of all nor keeps this process busy (Heroku drops
 * too, with L10). Bytes, where a line costs its length and LINE_COST.
 */
const KEPT: Rate = { burst: 4 * 1024 * 1024, perMs: 2_000 };
/**
 * What is read of it at all, in the same bytes; dynos that flood at the same time share it (`FloodRests`). One that writes more
 * waits in its own write: otherwise the engine, which copies every line, spends a core of the machine on it (docs/decisions/0089).
 */
export const READ: Rate = { burst: 4 * KEPT.burst, perMs: 4 * KEPT.perMs };
export const LINE_COST = 200;
/** How long after a drop its count is told, unless a line that is kept brings it earlier. */
const TELL_DROPPED_MS = 1_000;

export interface DynoOutputOptions {
  readonly appId: string;
  /** `web.1`. */
  readonly ps: string;
  readonly push: (line: LogLine) => void;
  /** Milliseconds since the epoch, with fractions. */
  readonly now: () => number;
}

/** Turns the bytes that a dyno writes into log lines of its app, each stream for itself, stamped on receipt. */
export class DynoOutput {
  readonly #options: DynoOutputOptions;
  readonly #splitters: Readonly<Record<OutputStream, LineSplitter>>;
  readonly #kept: Allowance;
  readonly #read: Allowance;
  #at = 0;
  #stamp = '';
  #dropped = 0;
  #droppedSince = 0;
  #telling: NodeJS.Timeout | null = null;

  constructor(options: DynoOutputOptions) {
    this.#options = options;
    this.#kept = new Allowance(KEPT, options.now());
    this.#read = new Allowance(READ, options.now());
    const splitter = (): LineSplitter => new LineSplitter((text) => this.#emit(text));
    this.#splitters = { stdout: splitter(), stderr: splitter() };
  }

  write(stream: OutputStream, chunk: Buffer): void {
    this.#at = this.#options.now();
    this.#kept.fill(this.#at);
    this.#read.fill(this.#at);
    this.#read.take(chunk.length);
    if (this.#kept.left <= 0) {
      this.#drop(stream, chunk);
      return;
    }
    this.#stamp = logTime(this.#at);
    this.#reportDropped();
    this.#kept.take(chunk.length);
    this.#splitters[stream].push(chunk);
  }

  /** Milliseconds for which nothing more should be read of this dyno; 0 for all that do not flood. */
  get restMs(): number {
    return this.#read.owedMs;
  }

  /** Everything is written: unfinished lines are handed on. */
  end(): void {
    this.#stamp = logTime(this.#options.now());
    this.#reportDropped();
    this.#splitters.stdout.end();
    this.#splitters.stderr.end();
  }

  #emit(text: string): void {
    this.#kept.take(LINE_COST);
    this.#read.take(LINE_COST);
    const { appId, ps, push } = this.#options;
    push({ appId, at: this.#stamp, source: 'app', ps, text });
  }

  /** Counts the lines of a chunk without making them; the unfinished rest of it begins the next line. */
  #drop(stream: OutputStream, chunk: Buffer): void {
    if (this.#dropped === 0) this.#droppedSince = this.#at;
    this.#telling ??= setTimeout(() => {
      this.#stamp = logTime(this.#options.now());
      this.#reportDropped();
    }, TELL_DROPPED_MS).unref();
    let lines = 0;
    let lastEnd = -1;
    for (let end = chunk.indexOf(10); end !== -1; end = chunk.indexOf(10, end + 1)) {
      lines += 1;
      lastEnd = end;
    }
    this.#read.take(lines * LINE_COST);
    this.#dropped += Math.max(1, lines);
    this.#splitters[stream].restart(lastEnd === -1 ? null : chunk.subarray(lastEnd + 1));
  }

  #reportDropped(): void {
    if (this.#telling) clearTimeout(this.#telling);
    this.#telling = null;
    if (this.#dropped === 0) return;
    const { appId, push } = this.#options;
    const since = logTime(this.#droppedSince);
    push(overflowLine({ code: 'L10', appId, count: this.#dropped, at: this.#stamp, since }));
    this.#dropped = 0;
  }
}
