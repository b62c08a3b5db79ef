/** How one process of the platform is started, known to be ready, and stopped. Data only. */
export interface ChildSpec {
  /** `postgres`, `node-agent`, `router`, `control-plane`. Names the log and the pid file. */
  readonly name: string;
  /** Program (absolute path) and arguments. */
  readonly argv: readonly [string, ...string[]];
  readonly env: Readonly<Record<string, string>>;
  /** User under which it runs; null for ours. */
  readonly user: { readonly uid: number; readonly gid: number } | null;
  /** A line that holds this text on its output means it is ready. */
  readonly readyText: string;
  /** Milliseconds to become ready before it counts as failed. */
  readonly readyWithin: number;
  /** A unix socket that accepts connections while it is well: tells whether a process of an earlier supervisor may be kept. */
  readonly probe: Probe;
  /**
   * Signal that asks it to end, and milliseconds until SIGKILL; `handOver` asks it to end when the next process follows at once.
   */
  readonly stop: {
    readonly signal: NodeJS.Signals;
    readonly handOver: NodeJS.Signals;
    readonly within: number;
  };
}

export type Probe =
  | { readonly kind: 'socket'; readonly path: string }
  | { readonly kind: 'port'; readonly host: string; readonly port: number };

/** What people see of a child (`jangada status`). */
export interface ChildStatus {
  readonly name: string;
  readonly state: ChildState;
  readonly pid: number | null;
  /** ISO time of this process's start; null when none runs. */
  readonly startedAt: string | null;
  /** Starts after the first since the supervisor began. */
  readonly restarts: number;
  /** How the last process ended: `exit status 1`, `signal SIGKILL`; null when none has. */
  readonly lastEnd: string | null;
  readonly log: string;
}

/** `waiting`: it died and is started again after its back-off. */
export type ChildState = 'starting' | 'ready' | 'waiting' | 'stopped';
