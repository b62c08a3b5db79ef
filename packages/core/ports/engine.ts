import type { Duplex } from 'node:stream';
import type { Digest } from './blob-store.ts';

/** What one dyno may use. Values are hard limits unless said otherwise. */
export interface DynoLimits {
  /** Memory quota of the dyno's size in bytes: above it R14 is reported. Soft. */
  readonly memoryQuota: number;
  /** Bytes at which the kernel kills (R15). */
  readonly memoryLimit: number;
  /** Relative CPU weight; 1024 is one share (Docker's `CpuShares`). Soft. */
  readonly cpuShares: number;
  /** CPU cores at most, for example 1.5; null for no hard cap. */
  readonly cpus: number | null;
  /** Processes and threads. */
  readonly pids: number;
  /** Bytes that the dyno may have below `/app` at a time. */
  readonly diskBytes: number;
  /** It takes only what of the CPU nobody else wants; `cpuShares` count among such. Default false. */
  readonly background?: boolean;
}

/** A host directory or file that the platform itself puts into a container. Never derived from user input. */
export interface HostMount {
  readonly source: string;
  readonly target: string;
  readonly readonly: boolean;
}

/** Everything an engine needs to run one dyno (or one build, which is a dyno of type `build`). */
export interface DynoSpec {
  /** UUID; the identity under which the engine knows this container. */
  readonly dynoId: string;
  readonly appId: string;
  readonly appName: string;
  /** `web.1`, `run.4521`, `release.7`, `build.3f9a`. */
  readonly name: string;
  /** Process type: `web`, `worker`, `run`, `release`, `build` … */
  readonly type: string;
  /**
   * `own`: a user id of the machine's that no other dyno has, where the machine can tell them apart; `/app` belongs to it.
   * `builder`: the one that what builds mount belongs to (`SLUG_UID`). Default `own`.
   */
  readonly user?: 'own' | 'builder';
  /** Release version, 0 for builds. */
  readonly version: number;
  /** Engine image reference: of the stack, or the id of the app's own image. */
  readonly image: string;
  /**
   * `image`: the image is the app's own and runs as it is: its working directory, ENTRYPOINT and environment, `command` in
   * the place of its CMD (empty: its CMD), a writable root, no `/app` of ours. Default `stack`.
   */
  readonly root?: 'stack' | 'image';
  /** Slug to mount as `/app` with a writable layer of its own; null leaves `/app` an empty writable directory. */
  readonly slug: Digest | null;
  /** argv; never passed through a shell by the engine. */
  readonly command: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly limits: DynoLimits;
  /** When set, the engine watches the container and reports `listening` once something in it listens on this TCP port. */
  readonly port: number | null;
  readonly mounts: readonly HostMount[];
  /** False: output is not sent to the line feed (builds and attached one-offs carry it on their terminal). */
  readonly captureOutput: boolean;
}

export type EngineDynoState = 'created' | 'running' | 'paused' | 'exited';

/** One container as the engine sees it now. The truth that reconciliation compares with the store. */
export interface EngineDyno {
  readonly dynoId: string;
  readonly appId: string;
  readonly name: string;
  readonly type: string;
  readonly version: number;
  readonly state: EngineDynoState;
  /** Address that the router dials (container address, never a published port); null before start and after exit. */
  readonly address: string | null;
  readonly port: number | null;
  /** True once something has listened on `port`. Stays true until exit. */
  readonly listening: boolean;
  /**
   * Exit status after exit; 128 + signal number when killed by a signal. Null before, and for a dyno that did not end by itself
   * but with its engine or machine.
   */
  readonly exitCode: number | null;
  /** The kernel killed a process of the dyno for memory at least once. */
  readonly oomKilled: boolean;
  readonly startedAt: Date | null;
  readonly exitedAt: Date | null;
}

/** Which dynos to list; what is missing does not matter. */
export interface DynoFilter {
  readonly appId?: string;
}

/**
 * A hint that something changed. Events may repeat and, across a reconnect, be missed: whoever acts on them reads
 * `list()` (or the single dyno) first. `sync` is sent whenever the stream (re)starts.
 */
export type EngineEvent =
  | { readonly kind: 'sync' }
  | { readonly kind: 'started' | 'listening' | 'exited' | 'oom'; readonly dynoId: string; readonly appId: string };

/** One reading of a dyno's cgroup. */
export interface DynoStats {
  readonly dynoId: string;
  /** Bytes: rss + cache without inactive file pages. */
  readonly memoryBytes: number;
  readonly rssBytes: number;
  readonly cacheBytes: number;
  readonly swapBytes: number;
  /** Bytes that it has written below `/app`. */
  readonly diskBytes: number;
  /** Total CPU time used, in seconds. */
  readonly cpuSeconds: number;
  readonly pids: number;
}

/** Runs dynos on one machine or many. Policy (names, restarts, back-off, sizes) is not here. Idempotent by `dynoId`. */
export interface Engine {
  /**
   * Creates and starts. Output is attached before the start, so no line is lost. Resolves when the process runs; starting
   * a dyno that already runs returns it. Throws `engine_unavailable`, `slug_not_found` or `stack_not_found`.
   */
  start(spec: DynoSpec, signal?: AbortSignal): Promise<EngineDyno>;
  /**
   * SIGTERM to all processes of the dyno, SIGKILL after `graceMs`, then the container and its writable layer are removed.
   * Resolves with how it ended; `killed` is true when SIGKILL was needed. A dyno that is not there resolves with nulls.
   */
  stop(dynoId: string, graceMs: number, signal?: AbortSignal): Promise<{ exitCode: number | null; killed: boolean }>;
  /**
   * All containers of this installation, or of one app: exited ones included until `stop` removes them. One app's cost the
   * engine little, however many there are.
   */
  list(only?: DynoFilter, signal?: AbortSignal): Promise<readonly EngineDyno[]>;
  /** Hints, starting with `sync`. Ends when the signal aborts; throws when the engine goes away. */
  events(signal: AbortSignal): AsyncIterable<EngineEvent>;
  /** Readings of every running dyno. */
  stats(signal?: AbortSignal): Promise<readonly DynoStats[]>;
  /** Freezes all processes in memory. */
  pause?(dynoId: string): Promise<void>;
  /** Undoes `pause`. */
  resume?(dynoId: string): Promise<void>;
}

export interface TerminalSize {
  readonly columns: number;
  readonly rows: number;
}

/** The two-way stream of an attached process. Reading ends when the process has exited and its output is drained. */
export interface Terminal {
  readonly stream: Duplex;
  /** Resolves with the exit status once the process is gone (128 + signal when killed). */
  readonly exited: Promise<number>;
  /** No effect without a TTY. */
  resize(size: TerminalSize): Promise<void>;
}

/** Attached processes: one-off dynos, builds, shells in running dynos. */
export interface Terminals {
  /**
   * Starts a dyno with its input and output on the returned stream (stdout and stderr interleaved in order). With `tty`
   * null there is no terminal: ending the stream's writable side closes stdin. Aborting the signal kills the dyno. The
   * container stays listed as exited until `Engine.stop` removes it.
   */
  run(spec: DynoSpec, tty: TerminalSize | null, signal?: AbortSignal): Promise<Terminal>;
  /**
   * Starts another process inside a running dyno, with the dyno's environment. Aborting the signal kills it and what it has
   * started; destroying the stream hangs up, which ends it too unless it ignores that. Throws `not_found`.
   */
  exec(dynoId: string, command: readonly string[], tty: TerminalSize | null, signal?: AbortSignal): Promise<Terminal>;
}
