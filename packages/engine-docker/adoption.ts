import type { DynoFilter } from '@jangada/core';
import { containerName } from './container-spec.ts';
import { isDockerError } from './docker-api.ts';
import type { ContainerInspect, ContainerSummary } from './docker-shapes.ts';
import type { KeptDyno } from './dyno-files.ts';
import { DynoRecord, isOver } from './dyno-record.ts';
import { cutOff } from './dyno-stop.ts';
import { inspect, settleExit, watch } from './dyno-watch.ts';
import { APP_LABEL, DYNO_LABEL, INSTALL_LABEL, ownFilter, readLabels, UID_LABEL } from './labels.ts';
import type { Machine } from './machine.ts';
import { joinedContainer } from './network-sandboxes.ts';
import { recoverOutput } from './output-capture.ts';

/** Containers of dynos of the installation, or of one app, as the engine lists them. */
export function listContainers(
  machine: Machine,
  { appId }: DynoFilter = {},
  signal?: AbortSignal,
): Promise<readonly ContainerSummary[]> {
  const filter = ownFilter(machine.installId, DYNO_LABEL, ...(appId === undefined ? [] : [`${APP_LABEL}=${appId}`]));
  return machine.api.call('GET', `/containers/json?all=1&filters=${filter}`, undefined, signal);
}

/**
 * Brings what this process knows in line with what the engine has: after a restart of this process or of the engine, or a
 * gap in the events. Dynos that run go on untouched.
 */
export async function adoptDynos(machine: Machine): Promise<void> {
  const containers = await listContainers(machine);
  const present = new Set(containers.map((container) => container.Id));
  for (const record of machine.records.values()) {
    if (!present.has(record.containerId)) await settleExit(machine, record, null);
  }
  await Promise.all(containers.map((container) => adoptContainer(machine, container)));
}

/** The container of one dyno; null when there is none. */
export async function findContainer(machine: Machine, dynoId: string): Promise<ContainerSummary | null> {
  try {
    const path = `/containers/${containerName(machine.installId, dynoId)}/json`;
    const found = await machine.api.call<ContainerInspect>('GET', path);
    return { Id: found.Id, State: found.State.Status, Labels: found.Config.Labels ?? {} };
  } catch (error) {
    if (isDockerError(error, 404)) return null;
    throw error;
  }
}

/** Takes one container in; what is known and well is left alone. Null when it never ran, or is gone. */
export async function adoptContainer(machine: Machine, container: ContainerSummary): Promise<DynoRecord | null> {
  const labels = readLabels(container.Labels);
  if (!labels) return null;
  const known = machine.records.get(labels.dynoId);
  if (container.State === 'created') return known ?? null;
  const record = known?.containerId === container.Id ? known : new DynoRecord(container.Id, labels);
  record.pausedByEngine = container.State === 'paused';
  machine.records.set(labels.dynoId, record);
  const well = record.pid > 0 && (record.attached || !labels.captureOutput);
  if (record.exit === null && !well) {
    record.adoption ??= takeUp(machine, record, known).finally(() => {
      record.adoption = null;
    });
    await record.adoption;
  }
  return machine.records.get(labels.dynoId) === record ? record : null;
}

/** `before`: what was known under this dyno's id. */
async function takeUp(machine: Machine, record: DynoRecord, before: DynoRecord | undefined): Promise<void> {
  const found = await inspect(machine, record);
  // The listing is older than the removal, after which nobody would remove its record.
  if (found === null && record !== before) return drop(machine, record, before);
  const over = found === null || isOver(found.State.Status);
  if (record.labels.captureOutput && !record.attached) {
    await recoverOutput(machine, record, !over).catch((error) =>
      machine.report('output.gap', { dyno: record.labels.dynoId, reason: String(error) }),
    );
  }
  if (over) return settleExit(machine, record, null);
  if (joinedContainer(found) !== null && record.sandbox === null) return cutOff(machine, record);
  await watch(machine, record);
}

function drop({ records }: Machine, record: DynoRecord, before: DynoRecord | undefined): void {
  const { dynoId } = record.labels;
  if (records.get(dynoId) !== record) return;
  if (before) records.set(dynoId, before);
  else records.delete(dynoId);
}

/** Removes what a killed agent left half made: containers that never started, volumes and files of no dyno. */
export async function removeLeftovers(machine: Machine): Promise<void> {
  await machine.users.open(await uidsOfOthers(machine));
  const containers = await listContainers(machine);
  const dynos = new Map<string, KeptDyno>();
  for (const container of containers) {
    const labels = readLabels(container.Labels);
    if (container.State === 'created') await machine.api.call('DELETE', `/containers/${container.Id}?force=1&v=1`);
    else if (labels) dynos.set(labels.dynoId, labels);
  }
  await machine.files.reconcile(dynos);
  const used = new Set([...dynos.keys()].map((dynoId) => containerName(machine.installId, dynoId)));
  const path = `/volumes?filters=${ownFilter(machine.installId)}`;
  const { Volumes: volumes } = await machine.api.call<{ Volumes: readonly { Name: string }[] | null }>('GET', path);
  for (const { Name: name } of volumes ?? []) {
    if (!used.has(name)) await machine.api.call('DELETE', `/volumes/${name}?force=1`).catch(() => undefined);
  }
}

/** User ids of dynos that other installations have on this engine. */
async function uidsOfOthers({ api, installId }: Machine): Promise<readonly number[]> {
  const filter = encodeURIComponent(JSON.stringify({ label: [UID_LABEL] }));
  const containers = await api.call<readonly ContainerSummary[]>('GET', `/containers/json?all=1&filters=${filter}`);
  return containers
    .filter(({ Labels: labels }) => labels[INSTALL_LABEL] !== installId && labels[UID_LABEL])
    .map(({ Labels: labels }) => Number(labels[UID_LABEL]));
}
