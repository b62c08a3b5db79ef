import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { type FedLine, type LineFeed, LineRing, type LogLine } from '@jangada/core';
import type { SafeOutput } from './resume-point.ts';

/** Texts remembered per dyno to find the place again in the engine's buffer. */
const TAIL = 8;
const SAVE_PACE_MS = 100;
/** Batches handed out and not acknowledged that are remembered; a reader further behind sees some lines twice after a crash. */
const MAX_DELIVERED = 64;

interface Delivery {
  readonly sequence: number;
  readonly lines: readonly FedLine[];
}

/** Which dyno of which app: what a line tells about its origin. */
const keyOf = (line: Pick<LogLine, 'appId' | 'ps'>): string => `${line.appId} ${line.ps}`;

/**
 * The line feed of this machine's dynos. It writes down what the reader has acknowledged, so that the next agent takes up
 * the output of running dynos where the reader has it safe, not where this process happened to end.
 */
export class OutputFeed implements LineFeed {
  readonly #ring: LineRing;
  readonly #file: string;
  readonly #isKnown: (key: string) => boolean;
  #delivered: Delivery[] = [];
  #safe = new Map<string, SafeOutput>();
  #saving: Promise<void> | null = null;
  #savedAt = Number.NEGATIVE_INFINITY;
  #unsaved = false;

  /** `isKnown` tells whether a dyno `<app id> <name>` still exists; what is kept of others is forgotten. */
  constructor(file: string, isKnown: (key: string) => boolean) {
    this.#ring = new LineRing({ epoch: `${Date.now().toString(36)}${process.pid.toString(36)}` });
    this.#file = file;
    this.#isKnown = isKnown;
  }

  /** Reads what an earlier process wrote down. */
  async open(): Promise<void> {
    const text = await readFile(this.#file, 'utf8').catch(() => '{}');
    try {
      this.#safe = new Map(Object.entries(JSON.parse(text) as Record<string, SafeOutput>));
    } catch {
      // A file cut short by a full disk: the whole buffer is read again, some lines come twice.
    }
  }

  push(line: LogLine): void {
    this.#ring.push(line);
  }

  safeOf(dyno: Pick<LogLine, 'appId' | 'ps'>): SafeOutput | null {
    return this.#safe.get(keyOf(dyno)) ?? null;
  }

  async *lines(cursor: string | null, signal: AbortSignal): AsyncIterable<readonly FedLine[]> {
    for await (const batch of this.#ring.lines(cursor, signal)) {
      this.#delivered.push({ sequence: sequenceOf(batch.at(-1)!.cursor), lines: batch });
      if (this.#delivered.length > MAX_DELIVERED) this.#delivered.shift();
      yield batch;
    }
  }

  async acknowledge(cursor: string): Promise<void> {
    await this.#ring.acknowledge(cursor);
    const upTo = sequenceOf(cursor);
    for (const delivery of this.#delivered) {
      if (delivery.sequence <= upTo) this.#remember(delivery.lines);
    }
    this.#delivered = this.#delivered.filter((delivery) => delivery.sequence > upTo);
    this.#unsaved = true;
    this.#saving ??= this.#save();
  }

  /** Resolves when everything acknowledged is written down. */
  async settled(): Promise<void> {
    await this.#saving;
  }

  #remember(lines: readonly FedLine[]): void {
    for (const [key, group] of Map.groupBy(lines, ({ line }) => keyOf(line))) {
      const earlier = this.#safe.get(key)?.tail ?? [];
      const tail = [...earlier, ...group.slice(-TAIL).map(({ line }) => line.text)].slice(-TAIL);
      this.#safe.set(key, { at: Date.parse(group.at(-1)!.line.at), tail });
    }
  }

  /** Writes until nothing new has come meanwhile, at most once per SAVE_PACE_MS. */
  async #save(): Promise<void> {
    while (this.#unsaved) {
      await new Promise((resolve) =>
        setTimeout(resolve, Math.max(0, this.#savedAt + SAVE_PACE_MS - performance.now())),
      );
      this.#unsaved = false;
      this.#savedAt = performance.now();
      await this.#write();
    }
    this.#saving = null;
  }

  async #write(): Promise<void> {
    for (const key of this.#safe.keys()) if (!this.#isKnown(key)) this.#safe.delete(key);
    const draft = `${this.#file}.new`;
    try {
      await mkdir(dirname(this.#file), { recursive: true });
      await writeFile(draft, JSON.stringify(Object.fromEntries(this.#safe)), { mode: 0o600 });
      await rename(draft, this.#file);
    } catch {
      // A full disk must not stop the output; the next acknowledgement tries again.
    }
  }
}

function sequenceOf(cursor: string): number {
  return Number(cursor.split('.')[1]);
}
