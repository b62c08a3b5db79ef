import { setTimeout as sleep } from 'node:timers/promises';
import { processesOf } from './cgroup.ts';
import { containerName } from './container-spec.ts';
import { unlessGone } from './docker-api.ts';
import type { ContainerStatus } from './docker-shapes.ts';
import { type DynoRecord, isOver } from './dyno-record.ts';
import { inspect, settleExit } from './dyno-watch.ts';
import { thawDyno } from './freezer.ts';
import type { Machine } from './machine.ts';

/** How long the engine may take to end a container after SIGKILL before it is asked again. */
const KILL_WAIT_MS = 2_000;
/** Ends are told by events; where one was missed the engine is asked at this pace. */
const ASK_AGAIN_MS = 1_000;

/** SIGTERM, grace, SIGKILL, removal of the container, its volume and its files (behaviour 1.3). */
export async function stopDyno(
  machine: Machine,
  record: DynoRecord,
  graceMs: number,
  signal?: AbortSignal,
): Promise<{ exitCode: number | null; killed: boolean }> {
  const killed = await end(machine, record, graceMs, signal);
  const { code } = await record.exited;
  await forgetDyno(machine, record.labels.dynoId);
  return { exitCode: code, killed };
}

/** Removes everything that a dyno has on this machine, running or not. */
export async function forgetDyno(machine: Machine, dynoId: string): Promise<void> {
  await removeContainer(machine, dynoId);
  const record = machine.records.get(dynoId);
  record?.over.abort();
  machine.records.delete(dynoId);
  machine.sandboxes.release(record?.sandbox ?? null);
  await machine.files.remove(dynoId);
}

/** Removes a dyno's container and volume. */
export async function removeContainer(machine: Machine, dynoId: string): Promise<void> {
  const name = containerName(machine.installId, dynoId);
  await machine.files.releaseLayer(dynoId);
  await unlessGone(machine.api.call('DELETE', `/containers/${name}?force=1&v=1`));
  await unlessGone(machine.api.call('DELETE', `/volumes/${name}?force=1`));
}

/** Sends a signal to every process of the dyno but its init, which has no work of its own; to the init when it is alone. */
export async function signalDyno(record: DynoRecord, signal: NodeJS.Signals): Promise<void> {
  if (record.cgroup === null) return;
  const processes = await processesOf(record.cgroup);
  const others = processes.filter((pid) => pid !== record.pid);
  for (const pid of others.length > 0 ? others : processes) {
    try {
      process.kill(pid, signal);
    } catch {
      // It ended between the look and the signal.
    }
  }
}

/** Kills a dyno whose network has ended under it, so that it starts anew: nothing reaches it, and it reaches nothing. */
export async function cutOff(machine: Machine, record: DynoRecord): Promise<void> {
  machine.report('dyno.cut-off', { dyno: record.labels.dynoId, name: record.labels.name });
  await thawDyno(machine.api, record).catch(() => undefined);
  await unlessGone(machine.api.call('POST', `/containers/${record.containerId}/kill?signal=KILL`));
}

/** Ends the dyno; true when SIGKILL was needed. */
async function end(machine: Machine, record: DynoRecord, graceMs: number, signal?: AbortSignal): Promise<boolean> {
  const status = await statusNow(machine, record, signal);
  if (status === null || isOver(status)) return false;
  if (status === 'created') {
    record.settle({ code: 0, at: null });
    return false;
  }
  await thawDyno(machine.api, record);
  if (graceMs > 0) {
    await signalDyno(record, 'SIGTERM');
    if (await hasEnded(machine, record, graceMs, signal)) return false;
  }
  for (;;) {
    await unlessGone(machine.api.call('POST', `/containers/${record.containerId}/kill?signal=KILL`, undefined, signal));
    if (await hasEnded(machine, record, KILL_WAIT_MS, signal)) return true;
  }
}

/** The container's state; settles the exit of one that has ended. Null when it is gone. */
async function statusNow(machine: Machine, record: DynoRecord, signal?: AbortSignal): Promise<ContainerStatus | null> {
  const found = await inspect(machine, record, signal);
  if (found === null || isOver(found.State.Status)) await settleExit(machine, record, found?.State.ExitCode ?? 137);
  return found?.State.Status ?? null;
}

async function hasEnded(machine: Machine, record: DynoRecord, ms: number, signal?: AbortSignal): Promise<boolean> {
  const deadline = performance.now() + ms;
  while (record.exit === null) {
    const left = deadline - performance.now();
    if (left <= 0) return false;
    const pause = new AbortController();
    const ended = record.exited.then(() => pause.abort());
    const stopped = signal ? AbortSignal.any([signal, pause.signal]) : pause.signal;
    await Promise.race([
      ended,
      sleep(Math.min(left, ASK_AGAIN_MS), undefined, { signal: stopped }).catch(() => undefined),
    ]);
    signal?.throwIfAborted();
    if (record.exit === null) await statusNow(machine, record, signal);
  }
  return true;
}
