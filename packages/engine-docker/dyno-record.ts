import type { EngineDyno, EngineDynoState } from '@jangada/core';
import type { Cgroup } from './cgroup.ts';
import type { ContainerInspect, ContainerStatus } from './docker-shapes.ts';
import type { DynoLabels } from './labels.ts';
import type { NetworkSandbox } from './network-sandboxes.ts';
import type { SafeOutput } from './resume-point.ts';

/** How a dyno ended. */
export interface DynoExit {
  /** Null: it ended with its engine or its machine, not by itself. */
  readonly code: number | null;
  readonly at: Date | null;
}

/** What this process knows of one container beyond what the engine tells in a listing. */
export class DynoRecord {
  readonly containerId: string;
  readonly labels: DynoLabels;
  /** Process id of the container's init on the machine; 0 before start and after exit. */
  pid = 0;
  cgroup: Cgroup | null = null;
  address: string | null = null;
  /** Whose network it has joined; null: it has its own, or this process does not know yet. */
  sandbox: NetworkSandbox | null = null;
  startedAt: Date | null = null;
  /** Everybody has been told that it started. */
  startTold = false;
  listening = false;
  oomKilled = false;
  /** Its processes are frozen in memory. */
  frozen = false;
  /** The engine says that it is paused, which is not our way to freeze it. */
  pausedByEngine = false;
  exit: DynoExit | null = null;
  /** Its port and cgroup are looked at. */
  watched = false;
  /** Being taken in after a restart, by whoever came first. */
  adoption: Promise<void> | null = null;
  /** Its output comes in. */
  attached = false;
  /** The last output that came in through this process; null when none has. */
  seen: SafeOutput | null = null;
  /** Resolves when all output that was attached has been read. */
  drained: Promise<void> = Promise.resolve();
  /** Aborts when the dyno has exited or is no longer watched: ends everything that looks at it. */
  readonly over = new AbortController();
  readonly #exited = Promise.withResolvers<DynoExit>();

  constructor(containerId: string, labels: DynoLabels) {
    this.containerId = containerId;
    this.labels = labels;
  }

  get exited(): Promise<DynoExit> {
    return this.#exited.promise;
  }

  /** Takes in what the engine says now. Does not settle the exit: `settle` does, once the output is read. */
  read(inspect: ContainerInspect, network: string): void {
    const { State: state } = inspect;
    this.pid = state.Pid;
    this.startedAt = dateOf(state.StartedAt) ?? this.startedAt;
    this.oomKilled ||= state.OOMKilled;
    this.pausedByEngine = state.Status === 'paused';
    this.address = inspect.NetworkSettings.Networks?.[network]?.IPAddress || this.sandbox?.address || null;
  }

  settle(exit: DynoExit): void {
    if (this.exit !== null) return;
    this.exit = exit;
    this.pid = 0;
    this.address = null;
    this.over.abort();
    this.#exited.resolve(exit);
  }

  view(status: ContainerStatus): EngineDyno {
    const { dynoId, appId, name, type, version, port } = this.labels;
    const told = this.exit === null ? stateOf(status) : 'exited';
    const state = told === 'running' && this.frozen ? 'paused' : told;
    return {
      dynoId,
      appId,
      name,
      type,
      version,
      state,
      address: state === 'running' || state === 'paused' ? this.address : null,
      port,
      listening: this.listening && state !== 'exited',
      exitCode: this.exit?.code ?? null,
      oomKilled: this.oomKilled,
      startedAt: this.startedAt,
      exitedAt: this.exit?.at ?? null,
    };
  }
}

/** Whether a container in this state will never run again (restarts are the platform's, in new containers). */
export function isOver(status: ContainerStatus): boolean {
  return status === 'exited' || status === 'dead' || status === 'removing';
}

/** Statuses of what an engine ended itself when it came up (143, 137), or found gone (255). */
const LOST = [143, 137, 255];

/**
 * How a container ended. `unseen`: nobody was told of it, because this process or the engine was away. Then a status such as
 * the engine gives to what it found dead means that the dyno was lost with it.
 */
export function exitOf({ State: state }: ContainerInspect, unseen: boolean): DynoExit {
  const lost = unseen && !state.OOMKilled && LOST.includes(state.ExitCode);
  return { code: lost ? null : state.ExitCode, at: dateOf(state.FinishedAt) };
}

function stateOf(status: ContainerStatus): EngineDynoState {
  if (isOver(status)) return 'exited';
  return status === 'created' || status === 'paused' ? status : 'running';
}

/** Docker writes "never" as the year 1. */
function dateOf(text: string): Date | null {
  const date = new Date(text);
  return date.getUTCFullYear() > 1 ? date : null;
}
