import { randomUUID } from 'node:crypto';
import type { DynoSpec, Engine, EngineDyno, EngineEvent, LineFeed, Terminals } from '@jangada/core';
import type { EnginePrograms } from './engine-programs.ts';

/** An engine with what the suite needs to know of it. */
export interface EngineUnderTest {
  readonly engine: Engine & Terminals & LineFeed;
  /** A stack image that it has. */
  readonly image: string;
  readonly programs: EnginePrograms;
  /** Removes every dyno and whatever was made for the test. */
  close(): Promise<void>;
}

const MEGABYTE = 1024 * 1024;

/** A small worker dyno without slug; `change` says what is of interest. */
export function sampleSpec(image: string, change: Partial<DynoSpec> & Pick<DynoSpec, 'command'>): DynoSpec {
  return {
    dynoId: randomUUID(),
    appId: randomUUID(),
    appName: 'sample',
    name: 'worker.1',
    type: 'worker',
    version: 3,
    image,
    slug: null,
    env: {},
    limits: {
      memoryQuota: 128 * MEGABYTE,
      memoryLimit: 256 * MEGABYTE,
      cpuShares: 1024,
      cpus: null,
      pids: 64,
      diskBytes: 64 * MEGABYTE,
    },
    port: null,
    mounts: [],
    captureOutput: true,
    ...change,
  };
}

/** Longest wait for what an engine does by itself. */
const PATIENCE_MS = 30_000;

/** The events of an engine, gathered from `sync` on. */
export class EventRecorder {
  readonly events: EngineEvent[] = [];
  readonly ended: Promise<void>;
  readonly #stop = new AbortController();
  #wake: () => void = () => undefined;

  private constructor(engine: Engine) {
    this.ended = this.#gather(engine);
    this.ended.catch(() => undefined);
  }

  /** Records from now on: resolves once `sync` has come. */
  static async open(engine: Engine): Promise<EventRecorder> {
    const recorder = new EventRecorder(engine);
    await recorder.until('sync');
    return recorder;
  }

  /** Resolves once an event of this kind (and dyno) has come. */
  async until(kind: EngineEvent['kind'], dynoId?: string): Promise<void> {
    const deadline = AbortSignal.timeout(PATIENCE_MS);
    deadline.addEventListener('abort', () => this.#wake());
    const seen = (): boolean =>
      this.events.some((event) => event.kind === kind && (!dynoId || ('dynoId' in event && event.dynoId === dynoId)));
    while (!seen()) {
      if (deadline.aborted) throw new Error(`no ${kind} event; there were ${JSON.stringify(this.events)}`);
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  kindsOf(dynoId: string): string[] {
    return this.events.filter((event) => 'dynoId' in event && event.dynoId === dynoId).map(({ kind }) => kind);
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    await this.ended;
  }

  async #gather(engine: Engine): Promise<void> {
    for await (const event of engine.events(this.#stop.signal)) {
      this.events.push(event);
      this.#wake();
    }
  }
}

/** The first lines of an app in the feed that satisfy `enough`. Throws when they do not come. */
export async function readLines(
  feed: LineFeed,
  appId: string,
  enough: number | ((texts: readonly string[]) => boolean),
): Promise<string[]> {
  const isEnough = typeof enough === 'number' ? (texts: readonly string[]) => texts.length >= enough : enough;
  const stop = AbortSignal.timeout(PATIENCE_MS);
  const texts: string[] = [];
  for await (const batch of feed.lines(null, stop)) {
    texts.push(...batch.filter(({ line }) => line.appId === appId).map(({ line }) => line.text));
    if (isEnough(texts)) return texts;
  }
  throw new Error(
    `the lines did not come; there were ${texts.length}, the last ${JSON.stringify(texts.slice(-5)).slice(-500)}`,
  );
}

export async function dynoIn(engine: Engine, dynoId: string): Promise<EngineDyno | undefined> {
  return (await engine.list()).find((dyno) => dyno.dynoId === dynoId);
}

/** All that a readable gives, as text. */
export async function readAll(stream: AsyncIterable<Buffer | string>): Promise<string> {
  let text = '';
  for await (const chunk of stream) text += chunk.toString();
  return text;
}
