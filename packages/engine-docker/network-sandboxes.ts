import { randomUUID } from 'node:crypto';
import type { DynoSpec } from '@jangada/core';
import { containerName, HARDENING } from './container-spec.ts';
import { type DockerApi, isDockerError, unlessGone } from './docker-api.ts';
import type { ContainerInspect, ListedContainer } from './docker-shapes.ts';
import { INSTALL_LABEL, isSandbox, ownFilter, SANDBOX_LABEL, SLUG_LABEL } from './labels.ts';
import { networkName } from './network.ts';

/** How many wait for a dyno. Each costs 4 MB, most of it containerd's process for a container. */
const READY = 2;

/** New ones are made when no dyno has begun to start for so long: both at once would slow the dyno down. */
const QUIET_MS = 500;

/** Bytes: what `sleep` needs, and not less than engines allow. */
const MEMORY = 8 * 1024 ** 2;

/** A user id that has nothing on the machine. Dynos have others. */
const NOBODY = '65534:65534';

/** A container that does nothing but have a place in the dyno network, which one dyno joins. */
export interface NetworkSandbox {
  readonly containerId: string;
  readonly address: string;
}

/**
 * Sandboxes that wait for dynos, as Kubernetes has them for pods. Two thirds of the start of a container are its network
 * (decision 0087); a dyno that joins one that is there already does without. A sandbox serves one dyno, and goes with it.
 */
export interface NetworkSandboxes {
  /** One that is ready, for this dyno alone; null when none is: then it makes a network of its own. */
  take(spec: Pick<DynoSpec, 'image' | 'root'>): NetworkSandbox | null;
  /** That of a container; null when it has none, or has lost it. */
  of(container: ContainerInspect): Promise<NetworkSandbox | null>;
  /** Removes that of a dyno that is gone. Never throws: what is left is removed by `keep`. */
  release(sandbox: NetworkSandbox | null): void;
  /** One has ended. */
  forget(containerId: string): void;
  /** No dyno is being started any more: makes others in a moment, in place of those taken. */
  fillSoon(): void;
  /** Removes those that nobody has, of an earlier agent say, and makes those that are missing. Never throws. */
  keep(): Promise<void>;
  /** Lets go of those that wait. A later agent removes them. */
  close(): Promise<void>;
  /** Removes all of the installation's. */
  remove(): Promise<void>;
}

/** The container whose network a container has; null when the network is its own. */
export function joinedContainer(container: { readonly HostConfig: { readonly NetworkMode: string } }): string | null {
  return /^container:(.+)$/.exec(container.HostConfig.NetworkMode)?.[1] ?? null;
}

export function createNetworkSandboxes(installId: string, api: Pick<DockerApi, 'call'>): NetworkSandboxes {
  const ready: NetworkSandbox[] = [];
  const taken = new Set<string>();
  /** Any image of the stack has the one program that is needed. */
  let image: string | null = null;
  let closed = false;
  let soon: NodeJS.Timeout | undefined;
  let work: Promise<void> = Promise.resolve();
  const inTurn = (next: () => Promise<void>): Promise<void> => {
    work = work.then(next).catch(() => undefined);
    return work;
  };

  const discard = async (containerId: string): Promise<void> => {
    // First: one that cannot be removed now is then nobody's, and `sweep` tries again.
    taken.delete(containerId);
    await unlessGone(api.call('DELETE', `/containers/${containerId}?force=1&v=1`));
  };

  const addressOf = async (containerId: string): Promise<string | null> => {
    const found = await api.call<ContainerInspect>('GET', `/containers/${containerId}/json`);
    if (found.State.Status !== 'running') return null;
    return found.NetworkSettings.Networks?.[networkName(installId)]?.IPAddress || null;
  };

  const make = async (from: string): Promise<NetworkSandbox> => {
    const hostname = randomUUID();
    const path = `/containers/create?name=${containerName(installId, hostname)}`;
    const { Id: containerId } = await api.call<{ Id: string }>('POST', path, sandboxSpec(installId, hostname, from));
    try {
      await api.call('POST', `/containers/${containerId}/start`);
      const address = await addressOf(containerId);
      if (address === null) throw new Error(`the sandbox ${hostname} has no address`);
      return { containerId, address };
    } catch (error) {
      await discard(containerId);
      throw error;
    }
  };

  const fill = async (): Promise<void> => {
    while (!closed && image !== null && ready.length < READY) {
      try {
        ready.push(await make(image));
      } catch (error) {
        // The image has been removed: the next dyno brings another.
        if (isDockerError(error, 404)) image = null;
        return;
      }
    }
  };

  const sweep = async (): Promise<void> => {
    const path = `/containers/json?all=1&filters=${ownFilter(installId)}`;
    const containers = await api.call<readonly ListedContainer[]>('GET', path);
    image ??= containers.find(isOfStack)?.Image ?? null;
    const joined = new Set(containers.map(joinedContainer));
    for (const { Id: id, State: state, Labels: labels } of containers) {
      if (!isSandbox(labels) || joined.has(id) || taken.has(id)) continue;
      if (state === 'running' && ready.some(({ containerId }) => containerId === id)) continue;
      forget(id);
      await discard(id);
    }
  };

  const forget = (containerId: string): void => {
    const index = ready.findIndex((sandbox) => sandbox.containerId === containerId);
    if (index >= 0) ready.splice(index, 1);
  };

  return {
    take({ image: wanted, root }) {
      if (root !== 'image') image ??= wanted;
      const sandbox = ready.shift() ?? null;
      if (sandbox !== null) taken.add(sandbox.containerId);
      return sandbox;
    },

    async of(container) {
      const containerId = joinedContainer(container);
      if (containerId === null) return null;
      const address = await addressOf(containerId).catch((error) => {
        if (isDockerError(error, 404)) return null;
        throw error;
      });
      return address === null ? null : { containerId, address };
    },

    release(sandbox) {
      if (sandbox !== null) void inTurn(() => discard(sandbox.containerId));
    },

    forget,

    fillSoon() {
      clearTimeout(soon);
      if (!closed) soon = setTimeout(() => void inTurn(fill), QUIET_MS);
    },

    keep: () =>
      inTurn(async () => {
        await sweep();
        await fill();
      }),

    async close() {
      closed = true;
      clearTimeout(soon);
      await work;
    },

    async remove() {
      await this.close();
      taken.clear();
      ready.length = 0;
      await sweep();
    },
  };
}

/** Its image is the operator's, not that of an app: an app's own has no slug. */
function isOfStack({ Labels: labels }: ListedContainer): boolean {
  return isSandbox(labels) || Boolean(labels[SLUG_LABEL]);
}

/** As little as a container can be: no right, no output, nothing to write to, one process. */
function sandboxSpec(installId: string, hostname: string, image: string): Readonly<Record<string, unknown>> {
  return {
    Image: image,
    Hostname: hostname,
    User: NOBODY,
    Entrypoint: [],
    Cmd: ['sleep', 'infinity'],
    Labels: { [INSTALL_LABEL]: installId, [SANDBOX_LABEL]: hostname },
    Healthcheck: { Test: ['NONE'] },
    // The first process of a container does not hear SIGTERM.
    StopSignal: 'SIGKILL',
    HostConfig: {
      ...HARDENING,
      ReadonlyRootfs: true,
      Memory: MEMORY,
      MemorySwap: MEMORY,
      PidsLimit: 1,
      NetworkMode: networkName(installId),
      RestartPolicy: { Name: 'no' },
      LogConfig: { Type: 'none' },
    },
  };
}
