import { type FileHandle, mkdir, rm, rmdir } from 'node:fs/promises';
import { type LogFilter, type LogLine, logTime, overflowLine, type StoredLine, Turns } from '@jangada/core';
import { Changes } from './changes.ts';
import { translateWriteError } from './disk-error.ts';
import { lineMatches } from './line-matches.ts';
import {
  decodeLine,
  encodeLines,
  findSegments,
  openSegment,
  readSegment,
  type Segment,
  segmentPath,
} from './segment-file.ts';
import { WriteBatches } from './write-batches.ts';

export interface AppLogLimits {
  /** The newest lines that are kept; at most a segment more. */
  readonly keepLines: number;
  readonly segmentLines: number;
  /** Lines older than this, in milliseconds, may go. */
  readonly expiryMs: number;
}

/** Newest lines held in memory while somebody follows, so that followers who keep up never read the disk. */
const FRESH_LINES = 1_024;
/** A file that was not written to for so long is closed. */
const IDLE_MS = 5_000;

/** The lines of one app: a folder of segments, of which the newest is appended to and the oldest are dropped. */
export class AppLog {
  readonly #appId: string;
  readonly #folder: string;
  readonly #limits: AppLogLimits;
  readonly #now: () => number;
  /** Whatever changes the folder has its turn. */
  readonly #turns = new Turns();
  readonly #batches = new WriteBatches<LogLine>((lines) => this.#turns.take(() => this.#write(lines)));
  readonly #changes = new Changes();
  #loading: Promise<void> | null = null;
  #segments: Segment[] = [];
  /** Id of the first line since the log last was empty. */
  #origin = 0;
  /** Highest id that was ever given, for a log that is removed and begins anew within the same millisecond. */
  #given = 0;
  #handle: FileHandle | null = null;
  #fresh: StoredLine[] = [];
  /** Calls under way; `#followers` are those of them that go on reading. */
  #users = 0;
  #followers = 0;
  /** How often the followers of the moment were ended. */
  #ended = 0;

  constructor(appId: string, folder: string, limits: AppLogLimits, now: () => number) {
    this.#appId = appId;
    this.#folder = folder;
    this.#limits = limits;
    this.#now = now;
  }

  append(lines: readonly LogLine[]): Promise<void> {
    return this.#batches.add(lines);
  }

  async recent(limit: number, filter: LogFilter): Promise<readonly StoredLine[]> {
    this.#users += 1;
    try {
      await this.#load();
      const found: StoredLine[] = [];
      for (const segment of this.#segments.toReversed()) {
        const stored = await readSegment(this.#folder, segment);
        for (let index = stored.length - 1; index >= 0 && found.length < limit; index--) {
          const line = decodeLine(this.#appId, segment.first + index, stored[index]!);
          if (line !== null && lineMatches(line.line, filter)) found.push(line);
        }
        if (found.length >= limit) break;
      }
      return found.reverse();
    } finally {
      this.#users -= 1;
    }
  }

  async *tail(after: number, filter: LogFilter, signal: AbortSignal): AsyncGenerator<StoredLine, void> {
    const ended = this.#ended;
    this.#users += 1;
    this.#followers += 1;
    try {
      await this.#load();
      let cursor: number | null = null;
      let since = logTime(this.#now());
      while (!signal.aborted && this.#ended === ended) {
        const oldest = this.#segments[0]?.first;
        const newest = this.#newest();
        if (oldest !== undefined) cursor ??= Math.min(Math.max(after, oldest - 1), newest);
        if (oldest === undefined || cursor === null || cursor === newest) {
          await this.#changes.wait(signal);
          continue;
        }
        if (cursor + 1 < oldest) {
          if (cursor + 1 >= this.#origin) yield this.#overflow(oldest - 1, oldest - 1 - cursor, since);
          cursor = oldest - 1;
          continue;
        }
        const { lines, upTo } = await this.#following(cursor);
        cursor = upTo;
        for (const stored of lines) {
          if (signal.aborted) return;
          since = stored.line.at;
          if (lineMatches(stored.line, filter)) yield stored;
        }
      }
    } finally {
      this.#users -= 1;
      this.#followers -= 1;
      if (this.#followers === 0) this.#fresh = [];
    }
  }

  /** Drops what is too old and closes the file when it has not been written to for a while. */
  rest(): Promise<void> {
    return this.#turns.take(async () => {
      await this.#load();
      const now = this.#now();
      const last = this.#segments.at(-1);
      if (last === undefined || now - last.writtenAt >= IDLE_MS) await this.#close();
      while (this.#segments[0] !== undefined && now - this.#segments[0].writtenAt >= this.#limits.expiryMs) {
        await this.#dropOldest();
      }
      if (this.#segments.length === 0) await rmdir(this.#folder).catch(() => undefined);
    });
  }

  /** Nothing of it needs to stay in memory. */
  get idle(): boolean {
    return this.#handle === null && this.#users === 0 && this.#batches.idle;
  }

  /** Followers end; what was handed in is written. */
  async end(): Promise<void> {
    this.#endFollowers();
    await this.#batches.settled();
    await this.#turns.take(() => this.#close());
  }

  /** Followers end and the lines go; it can be appended to again. */
  async remove(): Promise<void> {
    this.#endFollowers();
    this.#users += 1;
    try {
      await this.#turns.take(async () => {
        await this.#load();
        await this.#close();
        this.#given = this.#newest();
        this.#segments = [];
        this.#fresh = [];
        await rm(this.#folder, { recursive: true, force: true });
      });
    } finally {
      this.#users -= 1;
    }
  }

  #endFollowers(): void {
    this.#ended += 1;
    this.#changes.announce();
  }

  #load(): Promise<void> {
    this.#loading ??= findSegments(this.#folder).then((segments) => {
      this.#segments = segments;
      this.#origin = segments[0]?.first ?? 0;
    });
    return this.#loading;
  }

  #newest(): number {
    const last = this.#segments.at(-1);
    return last === undefined ? 0 : last.first + last.count - 1;
  }

  async #write(lines: readonly LogLine[]): Promise<void> {
    await this.#load();
    try {
      for (let done = 0; done < lines.length; ) {
        const segment = await this.#segmentWithRoom();
        const part = lines.slice(done, done + this.#limits.segmentLines - segment.count);
        await this.#writePart(segment, part);
        done += part.length;
      }
    } catch (error) {
      throw translateWriteError(error);
    }
  }

  async #segmentWithRoom(): Promise<Segment> {
    const last = this.#segments.at(-1);
    if (last !== undefined && last.count < this.#limits.segmentLines) {
      this.#handle ??= await openSegment(this.#folder, last);
      return last;
    }
    await this.#close();
    if (last === undefined) await mkdir(this.#folder, { recursive: true, mode: 0o700 });
    // A log that begins anew begins with the time in microseconds, so that its ids are above those it had before.
    const anew = Math.max(Math.floor(this.#now() * 1000), this.#given + 1);
    const first = last === undefined ? anew : last.first + last.count;
    const segment: Segment = { first, count: 0, bytes: 0, writtenAt: this.#now() };
    this.#handle = await openSegment(this.#folder, segment);
    if (last === undefined) this.#origin = first;
    this.#segments.push(segment);
    await this.#dropSurplus();
    return segment;
  }

  async #writePart(segment: Segment, lines: readonly LogLine[]): Promise<void> {
    const bytes = encodeLines(lines);
    try {
      await this.#handle!.appendFile(bytes);
    } catch (error) {
      await this.#handle?.truncate(segment.bytes).catch(() => undefined);
      throw error;
    }
    const firstId = segment.first + segment.count;
    segment.count += lines.length;
    segment.bytes += bytes.length;
    segment.writtenAt = this.#now();
    if (this.#followers > 0) this.#keepFresh(lines.map((line, index) => ({ id: firstId + index, line })));
    this.#changes.announce();
  }

  #keepFresh(lines: readonly StoredLine[]): void {
    this.#fresh.push(...lines);
    if (this.#fresh.length > 2 * FRESH_LINES) this.#fresh = this.#fresh.slice(-FRESH_LINES);
  }

  /** Some of the lines after `cursor`, which is not older than what is kept, and the id up to which they go. */
  async #following(cursor: number): Promise<{ lines: readonly StoredLine[]; upTo: number }> {
    const freshest = this.#fresh[0]?.id;
    if (freshest !== undefined && freshest <= cursor + 1) {
      return { lines: this.#fresh.slice(cursor + 1 - freshest), upTo: this.#newest() };
    }
    const segment = this.#segments.findLast((candidate) => candidate.first <= cursor + 1)!;
    const upTo = segment.first + segment.count - 1;
    const stored = await readSegment(this.#folder, segment);
    if (!this.#segments.includes(segment)) return { lines: [], upTo: cursor };
    const skip = cursor + 1 - segment.first;
    const lines = stored.slice(skip).map((text, index) => decodeLine(this.#appId, cursor + 1 + index, text));
    return { lines: lines.filter((line) => line !== null), upTo };
  }

  /** In place of lines which a follower was too slow for. */
  #overflow(id: number, count: number, since: string): StoredLine {
    return { id, line: overflowLine({ code: 'L11', appId: this.#appId, count, at: logTime(this.#now()), since }) };
  }

  async #dropSurplus(): Promise<void> {
    let kept = this.#segments.reduce((sum, segment) => sum + segment.count, 0);
    while (this.#segments.length > 1 && kept - this.#segments[0]!.count >= this.#limits.keepLines) {
      kept -= this.#segments[0]!.count;
      await this.#dropOldest();
    }
  }

  async #dropOldest(): Promise<void> {
    const oldest = this.#segments.shift();
    if (oldest !== undefined) await rm(segmentPath(this.#folder, oldest.first), { force: true });
  }

  async #close(): Promise<void> {
    const handle = this.#handle;
    this.#handle = null;
    await handle?.close();
  }
}
