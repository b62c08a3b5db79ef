import { LineSplitter, type LogLine, logTime } from '@jangada/core';
import type { OutputStream } from './frames.ts';

/**
 * What one dyno may write, so that a flood neither fills the feed of all nor keeps this process busy (Heroku drops too, with
 * L10). Bytes, where a line costs its length and LINE_COST.
 */
const SUSTAINED_BYTES_PER_MS = 4_000;
const BURST_BYTES = 8 * 1024 * 1024;
const LINE_COST = 200;
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
  #at = 0;
  #stamp = '';
  #credit = BURST_BYTES;
  #creditAt: number;
  #dropped = 0;
  #droppedSince = 0;
  #telling: NodeJS.Timeout | null = null;

  constructor(options: DynoOutputOptions) {
    this.#options = options;
    this.#creditAt = options.now();
    const splitter = (): LineSplitter => new LineSplitter((text) => this.#emit(text));
    this.#splitters = { stdout: splitter(), stderr: splitter() };
  }

  write(stream: OutputStream, chunk: Buffer): void {
    this.#at = this.#options.now();
    this.#credit = Math.min(BURST_BYTES, this.#credit + (this.#at - this.#creditAt) * SUSTAINED_BYTES_PER_MS);
    this.#creditAt = this.#at;
    if (this.#credit <= 0) {
      this.#drop(stream, chunk);
      return;
    }
    this.#stamp = logTime(this.#at);
    this.#reportDropped();
    this.#credit -= chunk.length;
    this.#splitters[stream].push(chunk);
  }

  /** Everything is written: unfinished lines are handed on. */
  end(): void {
    this.#stamp = logTime(this.#options.now());
    this.#reportDropped();
    this.#splitters.stdout.end();
    this.#splitters.stderr.end();
  }

  #emit(text: string): void {
    this.#credit -= LINE_COST;
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
    this.#dropped += Math.max(1, lines);
    this.#splitters[stream].restart(lastEnd === -1 ? null : chunk.subarray(lastEnd + 1));
  }

  #reportDropped(): void {
    if (this.#telling) clearTimeout(this.#telling);
    this.#telling = null;
    if (this.#dropped === 0) return;
    const text = `Error L10 (output buffer overflow): ${this.#dropped} messages dropped since ${logTime(this.#droppedSince)}.`;
    this.#dropped = 0;
    const { appId, push } = this.#options;
    push({ appId, at: this.#stamp, source: 'heroku', ps: 'logplex', text });
  }
}
