import {
  type DynoSpec,
  type Engine,
  type EngineDyno,
  type EngineEvent,
  type LineFeed,
  LineRing,
  logTime,
  MAX_LINE_BYTES,
  type Terminal,
  type TerminalSize,
  type Terminals,
} from '@jangada/core';
import { PlatformError } from '@jangada/platform-api';
import { runMemoryProgram } from './engine-programs.ts';
import { MemoryProcess } from './memory-process.ts';

export interface MemoryEngineOptions {
  /** Which stack images there are. Default: all. */
  readonly hasImage?: (image: string) => boolean;
  /** Which slugs there are. Default: all. */
  readonly hasSlug?: (digest: string) => boolean;
  /** What a process does once it runs. Default: `runMemoryProgram`, where an unknown command just goes on. */
  readonly program?: (process: MemoryProcess) => void;
}

/** An Engine whose dynos are objects, with handles for tests. Time is real; nothing takes any. */
export interface MemoryEngine extends Required<Engine>, Terminals, LineFeed {
  /** What a dyno was started with. */
  specOf(dynoId: string): DynoSpec;
  /** The process of a dyno: let it listen, print, exit. Throws when there is no such dyno. */
  processOf(dynoId: string): MemoryProcess;
  /** The kernel kills the dyno for memory. */
  runOutOfMemory(dynoId: string): void;
  /** While false, every call throws `engine_unavailable` and readers of events end with it. Dynos go on. */
  setAvailable(available: boolean): void;
}

interface MemoryDyno {
  readonly spec: DynoSpec;
  readonly process: MemoryProcess;
  readonly address: string;
  readonly startedAt: Date;
  paused: boolean;
  listening: boolean;
  oomKilled: boolean;
  exitedAt: Date | null;
}

export function createMemoryEngine(options: MemoryEngineOptions = {}): MemoryEngine {
  const { hasImage = () => true, hasSlug = () => true, program = runMemoryProgram } = options;
  const dynos = new Map<string, MemoryDyno>();
  const ring = new LineRing({ epoch: 'memory' });
  const readers = new Set<(event: EngineEvent | null) => void>();
  let available = true;
  let addresses = 0;

  const emit = (kind: Exclude<EngineEvent['kind'], 'sync'>, { dynoId, appId }: DynoSpec): void => {
    for (const tell of readers) tell({ kind, dynoId, appId });
  };
  const answer = (signal?: AbortSignal): void => {
    signal?.throwIfAborted();
    if (!available) throw away();
  };
  const dynoOf = (dynoId: string): MemoryDyno => {
    const dyno = dynos.get(dynoId);
    if (!dyno) throw new PlatformError('not_found', `There is no dyno ${dynoId}.`, { resource: 'dyno' });
    return dyno;
  };

  const begin = (spec: DynoSpec, tty: TerminalSize | null): MemoryDyno => {
    const existing = dynos.get(spec.dynoId);
    if (existing) return existing;
    if (!hasImage(spec.image)) throw new PlatformError('stack_not_found', `There is no image ${spec.image}.`);
    if (spec.slug && !hasSlug(spec.slug)) throw new PlatformError('slug_not_found', `There is no slug ${spec.slug}.`);
    const onOutput = (text: string): void => {
      if (spec.captureOutput) for (const line of linesOf(spec, text)) ring.push(line);
    };
    const onListen = (): void => {
      if (spec.port === null || dyno.listening) return;
      dyno.listening = true;
      emit('listening', spec);
    };
    const process = new MemoryProcess({ spec, command: spec.command, tty, onOutput, onListen });
    addresses += 1;
    const address = `10.0.${addresses >> 8}.${addresses & 255}`;
    const startedAt = new Date();
    const dyno: MemoryDyno = {
      spec,
      process,
      address,
      startedAt,
      paused: false,
      listening: false,
      oomKilled: false,
      exitedAt: null,
    };
    dynos.set(spec.dynoId, dyno);
    emit('started', spec);
    void process.exited.then(() => {
      dyno.exitedAt = new Date();
      emit('exited', spec);
    });
    program(process);
    return dyno;
  };

  return {
    async start(spec, signal) {
      answer(signal);
      return view(begin(spec, null));
    },

    async stop(dynoId, graceMs, signal) {
      answer(signal);
      const dyno = dynos.get(dynoId);
      if (!dyno) return { exitCode: null, killed: false };
      dyno.paused = false;
      if (graceMs > 0 && dyno.process.exitCode === null) dyno.process.signal('SIGTERM');
      const inTime = await within(dyno.process.exited, graceMs, signal);
      dyno.process.signal('SIGKILL');
      const exitCode = await dyno.process.exited;
      dynos.delete(dynoId);
      return { exitCode, killed: !inTime };
    },

    async list({ appId } = {}, signal) {
      answer(signal);
      return [...dynos.values()].filter(({ spec }) => appId === undefined || spec.appId === appId).map(view);
    },

    async *events(signal) {
      if (signal.aborted) return;
      answer();
      const waiting: (EngineEvent | null)[] = [{ kind: 'sync' }];
      let wake = (): void => undefined;
      const tell = (event: EngineEvent | null): void => {
        waiting.push(event);
        wake();
      };
      const onAbort = (): void => wake();
      readers.add(tell);
      signal.addEventListener('abort', onAbort);
      try {
        while (!signal.aborted) {
          const event = waiting.shift();
          if (event === null) throw away();
          if (event) yield event;
          else
            await new Promise<void>((resolve) => {
              wake = resolve;
            });
        }
      } finally {
        readers.delete(tell);
        signal.removeEventListener('abort', onAbort);
      }
    },

    async stats(signal) {
      answer(signal);
      return [...dynos.values()]
        .filter(({ exitedAt }) => exitedAt === null)
        .map(({ spec: { dynoId } }) => ({
          dynoId,
          memoryBytes: 1_048_576,
          diskBytes: 4_096,
          rssBytes: 1_000_000,
          cacheBytes: 48_576,
          swapBytes: 0,
          cpuSeconds: 0.1,
          pids: 1,
        }));
    },

    async pause(dynoId) {
      answer();
      dynoOf(dynoId).paused = true;
    },

    async resume(dynoId) {
      answer();
      dynoOf(dynoId).paused = false;
    },

    async run(spec, tty, signal) {
      answer(signal);
      if (dynos.has(spec.dynoId)) throw new PlatformError('conflict', `${spec.name} runs already.`);
      return terminalOf(begin(spec, tty).process, signal);
    },

    async exec(dynoId, command, tty, signal) {
      answer(signal);
      const { spec, exitedAt } = dynoOf(dynoId);
      if (exitedAt !== null) throw new PlatformError('not_found', 'That dyno is not running.', { resource: 'dyno' });
      const process = new MemoryProcess({
        spec,
        command,
        tty,
        onOutput: () => undefined,
        onListen: () => undefined,
      });
      process.terminal.once('close', () => process.signal('SIGHUP'));
      program(process);
      return terminalOf(process, signal);
    },

    lines: (cursor, signal) => ring.lines(cursor, signal),
    acknowledge: (cursor) => ring.acknowledge(cursor),

    specOf: (dynoId) => dynoOf(dynoId).spec,
    processOf: (dynoId) => dynoOf(dynoId).process,

    runOutOfMemory(dynoId) {
      const dyno = dynoOf(dynoId);
      dyno.oomKilled = true;
      emit('oom', dyno.spec);
      dyno.process.signal('SIGKILL');
    },

    setAvailable(now) {
      available = now;
      if (!now) for (const tell of readers) tell(null);
    },
  };
}

function view({ spec, process, ...dyno }: MemoryDyno): EngineDyno {
  const exited = process.exitCode !== null;
  return {
    dynoId: spec.dynoId,
    appId: spec.appId,
    name: spec.name,
    type: spec.type,
    version: spec.version,
    state: exited ? 'exited' : dyno.paused ? 'paused' : 'running',
    address: exited ? null : dyno.address,
    port: spec.port,
    listening: dyno.listening && !exited,
    exitCode: process.exitCode,
    oomKilled: dyno.oomKilled,
    startedAt: dyno.startedAt,
    exitedAt: exited ? (dyno.exitedAt ?? new Date()) : null,
  };
}

function terminalOf(process: MemoryProcess, signal?: AbortSignal): Terminal {
  const kill = (): void => process.signal('SIGKILL');
  signal?.addEventListener('abort', kill, { once: true });
  return {
    stream: process.terminal,
    exited: process.exited,
    async resize(size) {
      if (process.tty !== null) process.tty = size;
    },
  };
}

function* linesOf({ appId, name }: DynoSpec, text: string) {
  for (const line of text.replace(/\n$/, '').split('\n')) {
    for (let at = 0; at === 0 || at < line.length; at += MAX_LINE_BYTES) {
      const piece = line.slice(at, at + MAX_LINE_BYTES);
      yield { appId, at: logTime(Date.now()), source: 'app' as const, ps: name, text: piece };
    }
  }
}

/** Whether the work ended in `ms`. */
async function within(work: Promise<unknown>, ms: number, signal?: AbortSignal): Promise<boolean> {
  const { promise, resolve, reject } = Promise.withResolvers<boolean>();
  const timer = setTimeout(() => resolve(false), ms);
  signal?.addEventListener('abort', () => reject(signal.reason), { once: true });
  work.then(() => resolve(true));
  try {
    return await promise;
  } finally {
    clearTimeout(timer);
  }
}

function away(): PlatformError {
  return new PlatformError('engine_unavailable', 'The engine does not answer. Start it and try again.');
}
