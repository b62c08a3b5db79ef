import { setTimeout as sleep } from 'node:timers/promises';
import { cgroupOf, hasOomKill } from './cgroup.ts';
import { isDockerError } from './docker-api.ts';
import type { ContainerInspect } from './docker-shapes.ts';
import { type DynoRecord, exitOf, isOver } from './dyno-record.ts';
import { freezerState } from './freezer.ts';
import { untilListening } from './listening.ts';
import type { Machine } from './machine.ts';
import { networkName } from './network.ts';

/** Longest wait for the rest of an ended dyno's output before its end is told. */
const DRAIN_MS = 1_000;
/** How often and at what pace the engine is asked about a container whose death it has told. */
const DEATH_LOOKS = 100;
const DEATH_PACE_MS = 50;

/** Asks the engine about one container and takes in what it says; null when it is gone. */
export async function inspect(
  machine: Machine,
  record: DynoRecord,
  signal?: AbortSignal,
): Promise<ContainerInspect | null> {
  try {
    const path = `/containers/${record.containerId}/json`;
    const found = await machine.api.call<ContainerInspect>('GET', path, undefined, signal);
    record.sandbox ??= await machine.sandboxes.of(found);
    record.read(found, networkName(machine.installId));
    return found;
  } catch (error) {
    if (isDockerError(error, 404)) return null;
    throw error;
  }
}

/** Begins to watch a running dyno: its cgroup, and its port when it has one. */
export async function watch(machine: Machine, record: DynoRecord): Promise<void> {
  if (record.watched) return;
  record.watched = true;
  record.cgroup = await cgroupOf(record.pid);
  // By an earlier agent, which may have been killed on the way.
  record.frozen = record.cgroup !== null && (await freezerState(record.cgroup)) !== 'thawed';
  const { port } = record.labels;
  if (port === null || record.listening) return;
  void untilListening(record.pid, port, record.over.signal).then((listening) => {
    if (!listening || record.exit !== null) return;
    record.listening = true;
    emit(machine, 'listening', record);
  });
}

/**
 * The container has ended: waits for the rest of its output, so that its last line comes before the news of its end, and
 * tells everybody. `seenCode` counts where the container is gone already; null: nobody has seen it end.
 */
export async function settleExit(machine: Machine, record: DynoRecord, seenCode: number | null): Promise<void> {
  if (record.exit !== null) return;
  const found = await inspect(machine, record);
  if (found !== null && !isOver(found.State.Status)) return;
  await Promise.race([record.drained, sleep(DRAIN_MS, undefined, { ref: false })]);
  if (record.exit !== null) return;
  record.settle(found === null ? { code: seenCode, at: new Date() } : exitOf(found, seenCode === null));
  emit(machine, 'exited', record);
}

/** As `settleExit`, for a container of which the engine has said that it died: its own record may be a moment behind. */
export async function settleDeath(machine: Machine, record: DynoRecord, code: number): Promise<void> {
  for (let look = 0; look < DEATH_LOOKS && record.exit === null; look++) {
    await settleExit(machine, record, code);
    if (record.exit === null) await sleep(DEATH_PACE_MS);
  }
}

/** Tells once that a dyno has started, though the engine's own news of it may come later than what the dyno does first. */
export function noteStart(machine: Machine, record: DynoRecord): void {
  if (record.startTold) return;
  record.startTold = true;
  emit(machine, 'started', record);
}

export function noteOom(machine: Machine, record: DynoRecord): void {
  if (record.oomKilled) return;
  record.oomKilled = true;
  emit(machine, 'oom', record);
}

/** Finds kills that brought no event: the counter knows of children whose end the engine does not show (engine 6). */
export async function lookForOomKills(machine: Machine): Promise<void> {
  for (const record of machine.records.values()) {
    if (record.cgroup === null || record.exit !== null || record.oomKilled) continue;
    if (await hasOomKill(record.cgroup)) noteOom(machine, record);
  }
}

export function emit(machine: Machine, kind: 'started' | 'listening' | 'exited' | 'oom', record: DynoRecord): void {
  machine.hub.emit({ kind, dynoId: record.labels.dynoId, appId: record.labels.appId });
}
