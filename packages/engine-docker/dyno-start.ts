import type { Socket } from 'node:net';
import type { DynoSpec } from '@jangada/core';
import { PlatformError } from '@jangada/platform-api';
import { type ContainerTerminal, containerName, containerSpec, type DynoFolders } from './container-spec.ts';
import { DockerError, isDockerError } from './docker-api.ts';
import type { ContainerStatus } from './docker-shapes.ts';
import { DynoRecord, isOver } from './dyno-record.ts';
import { removeContainer } from './dyno-stop.ts';
import { inspect, noteStart, settleExit, watch } from './dyno-watch.ts';
import { strayVolume } from './image-volumes.ts';
import { labelsOf, readLabels } from './labels.ts';
import type { Machine } from './machine.ts';
import { ensureNetwork } from './network.ts';
import type { NetworkSandbox } from './network-sandboxes.ts';
import { attachOutput, captureOutput } from './output-capture.ts';

export interface StartedDyno {
  readonly record: DynoRecord;
  /** The raw connection of the terminal; null without one. */
  readonly socket: Socket | null;
  readonly status: ContainerStatus;
}

/** Starts a dyno in the network of a sandbox that is ready, or with one of its own. */
export async function startDyno(
  machine: Machine,
  spec: DynoSpec,
  terminal: ContainerTerminal | null,
  signal?: AbortSignal,
): Promise<StartedDyno> {
  const sandbox = machine.sandboxes.take(spec);
  try {
    return await startIn(sandbox, machine, spec, terminal, signal);
  } catch (error) {
    if (sandbox === null || !(error instanceof Error && error.cause instanceof DockerError)) throw error;
    // It may have been the sandbox, which somebody has removed.
    return await startIn(null, machine, spec, terminal, signal);
  }
}

/**
 * The slug, then container and disk side by side, attachment, start, in this order (engine 3.1). Leaves nothing behind when a
 * step fails or the signal aborts. With `terminal` the attachment carries input too and goes to the caller instead of the feed.
 */
async function startIn(
  sandbox: NetworkSandbox | null,
  machine: Machine,
  spec: DynoSpec,
  terminal: ContainerTerminal | null,
  signal?: AbortSignal,
): Promise<StartedDyno> {
  let record: DynoRecord | null = null;
  try {
    signal?.throwIfAborted();
    const parent = spec.limits.background ? await machine.background.parent() : undefined;
    const { folders, ready } = await machine.files.prepare(spec);
    // The engine fills them when it makes the container: what is written before the disk is there would be below it.
    if (folders.volumes.length > 0) await ready;
    const name = containerName(machine.installId, spec.dynoId);
    const setting = { ...machine.setting, parent, sandbox: sandbox?.containerId };
    const body = containerSpec(spec, folders, setting, terminal);
    const create = machine.api.call<{ Id: string }>('POST', `/containers/create?name=${name}`, body, signal);
    // What is under way when the other fails would be left behind: both end first.
    await Promise.allSettled([create, ready]);
    const [created] = await Promise.all([create, ready]);
    record = new DynoRecord(created.Id, readLabels(labelsOf(spec, machine.installId, folders.uid))!);
    record.sandbox = sandbox;
    machine.records.set(spec.dynoId, record);
    if (spec.root === 'image') await boundRoot(machine, record, folders);
    const socket = await attach(machine, record, terminal);
    await startContainer(machine, created.Id, signal);
    noteStart(machine, record);
    if (parent !== undefined) void machine.background.hold();
    const found = await inspect(machine, record);
    if (found && isOver(found.State.Status))
      void settleExit(machine, record, found.State.ExitCode).catch(() => undefined);
    else await watch(machine, record);
    return { record, socket, status: 'running' };
  } catch (error) {
    record?.over.abort();
    machine.records.delete(spec.dynoId);
    await removeContainer(machine, spec.dynoId).catch(() => undefined);
    machine.sandboxes.release(sandbox);
    await machine.files.remove(spec.dynoId);
    throw translated(error, spec);
  }
}

/** An engine with another storage than `overlay2` tells no upper folder: then only the machine's reserve bounds the root. */
async function boundRoot(machine: Machine, record: DynoRecord, { volumes }: DynoFolders): Promise<void> {
  const found = await inspect(machine, record);
  const stray = found && strayVolume(found, volumes);
  if (stray !== null) throw badVolume(stray);
  const upper = found?.GraphDriver?.Name === 'overlay2' ? found.GraphDriver.Data?.UpperDir : undefined;
  if (upper !== undefined) await machine.files.holdLayer(record.labels.dynoId, upper);
  else machine.report('disk.unbounded', { dyno: record.labels.name, storage: found?.GraphDriver?.Name });
}

function badVolume(path: string): PlatformError {
  const message = `The image declares VOLUME "${path}", which no dyno can have. Give it a path that begins with "/", or leave it out, and build the image again.`;
  return new PlatformError('invalid_params', message);
}

async function attach(
  machine: Machine,
  record: DynoRecord,
  terminal: ContainerTerminal | null,
): Promise<Socket | null> {
  if (terminal) {
    return machine.api.hijack(`/containers/${record.containerId}/attach?stream=1&stdin=1&stdout=1&stderr=1`);
  }
  if (record.labels.captureOutput) captureOutput(machine, record, await attachOutput(machine, record.containerId));
  return null;
}

async function startContainer(machine: Machine, containerId: string, signal?: AbortSignal): Promise<void> {
  const start = (): Promise<null> => machine.api.call('POST', `/containers/${containerId}/start`, undefined, signal);
  try {
    await start();
  } catch (error) {
    if (!isDockerError(error, 404)) throw error;
    // The container was made a moment ago, so what is missing is its network: somebody has pruned it.
    await ensureNetwork(machine.api, machine.installId);
    await start();
  }
}

function translated(error: unknown, spec: DynoSpec): unknown {
  if (error instanceof Error && 'code' in error && error.code === 'ENOSPC') {
    const message = 'The disk of this machine is full. Remove what is no longer needed and try again.';
    return new PlatformError('disk_full', message, { cause: error });
  }
  if (!(error instanceof DockerError)) return error;
  if (error.status === 404) {
    const message =
      spec.root === 'image'
        ? `The image ${spec.image} of this app is not on this machine any more. Deploy or release it again.`
        : `The stack image "${spec.image}" is not on this machine. Build it with "jangada up".`;
    return new PlatformError('stack_not_found', message, { cause: error, params: { image: spec.image } });
  }
  if (spec.root === 'image' && /no space left on device|disk quota exceeded/i.test(error.message)) {
    const message = `What the image has below its VOLUMEs does not fit on the disk of ${spec.name}. Make it less, or choose a size with more disk.`;
    return new PlatformError('invalid_params', message, { cause: error });
  }
  if (error.status === 400) {
    return new PlatformError('invalid_params', `${spec.name} cannot be started: ${error.message}.`, { cause: error });
  }
  return new PlatformError('engine_unavailable', `The Docker Engine could not start ${spec.name}: ${error.message}.`, {
    cause: error,
  });
}
