import { type Home, socketsOf } from '@jangada/core';
import { isPlatformError } from '@jangada/platform-api';
import { connectWire } from '@jangada/wire';

/** One process as its supervisor sees it. */
export interface ProcessStatus {
  readonly name: string;
  readonly state: 'starting' | 'ready' | 'waiting' | 'stopped';
  readonly pid: number | null;
  /** ISO time. */
  readonly startedAt: string | null;
  readonly restarts: number;
  readonly lastEnd: string | null;
  readonly log: string;
}

export interface SupervisorStatus {
  readonly pid: number;
  readonly startedAt: string;
  /** Sources and settings it was started from; see `stampOf`. */
  readonly sources: string;
  readonly children: readonly ProcessStatus[];
}

/** The running supervisor's status; null when none runs. */
export function supervisorStatus(home: Home): Promise<SupervisorStatus | null> {
  return call<SupervisorStatus>(home, 'status');
}

/** Whether HAProxy goes on when the supervisor is stopped next, because another one follows. An earlier version does not know of it. */
export async function announceHandOver(home: Home, handOver: boolean): Promise<void> {
  await call(home, 'handOver', handOver).catch(() => undefined);
}

/** Ends the supervisor and the processes it keeps. False when none ran. */
export async function stopSupervisor(home: Home): Promise<boolean> {
  return (await call(home, 'stop', null, 90_000)) !== null;
}

/** Starts one process anew. Throws `not_found` for an unknown name; false when no supervisor runs. */
export async function restartProcess(home: Home, name: string): Promise<boolean> {
  return (await call(home, 'restart', name)) !== null;
}

async function call<Output>(
  home: Home,
  method: string,
  input: unknown = null,
  timeout = 5_000,
): Promise<Output | null> {
  const wire = connectWire(socketsOf(home).supervisor, 'supervisor');
  try {
    return ((await wire.call<Output>(method, input, AbortSignal.timeout(timeout))) ?? {}) as Output;
  } catch (error) {
    if (isPlatformError(error, 'engine_unavailable')) return null;
    throw error;
  } finally {
    wire.close();
  }
}
