import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { PlatformError } from '@jangada/platform-api';
import { type DockerApi, isDockerError } from './docker-api.ts';
import type { NetworkInspect } from './docker-shapes.ts';
import { buildGuardChains, guardChains, installGuard, machineNameServers, removeGuard } from './firewall.ts';
import { INSTALL_LABEL } from './labels.ts';
import { formatSubnet, freeSubnets, parseSubnet, routedSubnets, type Subnet } from './subnet.ts';

export type Report = (event: string, detail?: Readonly<Record<string, unknown>>) => void;

/** Name of an installation's one dyno network. */
export function networkName(installId: string): string {
  return `jangada-${installId}`;
}

/** Name of its bridge on the machine: the firewall rules hang on it. Linux allows 15 characters. */
export function bridgeName(installId: string): string {
  return `jg-${installId.slice(0, 12)}`;
}

/**
 * Makes the installation's network when it is not there: one bridge, no traffic between containers, an explicit range that
 * collides with no network or route of the machine (engine trap T8).
 */
export async function ensureNetwork(api: DockerApi, installId: string): Promise<void> {
  const networks = await api.call<readonly NetworkInspect[]>('GET', '/networks');
  if (networks.some((network) => network.Name === networkName(installId))) return;
  const routes = await readFile('/proc/net/route', 'utf8').catch(() => '');
  for (const subnet of freeSubnets([...routedSubnets(routes), ...networks.flatMap(subnetsOf)], installId)) {
    try {
      await api.call('POST', '/networks/create', networkBody(installId, subnet));
      return;
    } catch (error) {
      // Somebody else took the range between our look and now (403), or has made the very network (409).
      if (isDockerError(error, 409)) return;
      if (!isDockerError(error, 403)) throw error;
    }
  }
  throw new PlatformError(
    'engine_unavailable',
    'No private address range is free for the dyno network. Remove networks that are no longer used ("docker network prune").',
  );
}

function networkBody(installId: string, subnet: Subnet): Readonly<Record<string, unknown>> {
  return {
    Name: networkName(installId),
    Driver: 'bridge',
    CheckDuplicate: true,
    IPAM: { Driver: 'default', Config: [{ Subnet: formatSubnet(subnet) }] },
    Options: {
      'com.docker.network.bridge.enable_icc': 'false',
      'com.docker.network.bridge.name': bridgeName(installId),
    },
    Labels: { [INSTALL_LABEL]: installId },
  };
}

function subnetsOf(network: NetworkInspect): Subnet[] {
  return (network.IPAM.Config ?? [])
    .map((config) => parseSubnet(config.Subnet ?? ''))
    .filter((subnet) => subnet !== null);
}

/**
 * Keeps the firewall rules in place. Where that is not possible it reports `network.unguarded`, once until it is possible
 * again, and dynos run all the same.
 */
export function createGuard(installId: string, publicPorts: readonly number[], report: Report): () => Promise<void> {
  let guarded = true;
  return async () => {
    try {
      await installGuard(guardChains(installId, bridgeName(installId), await machineNameServers(), publicPorts));
      guarded = true;
    } catch (error) {
      if (guarded) reportUnguarded(report, error);
      guarded = false;
    }
  };
}

function reportUnguarded(report: Report, error: unknown): void {
  report('network.unguarded', {
    message: 'Dynos can reach listeners of this machine: the firewall rules could not be set. Install iptables.',
    reason: error instanceof Error ? error.message.trim() : String(error),
  });
}

/** How long the engine may need for the end of a container that somebody else removes. */
const LEAVING_MS = 20_000;

/** Removes the network and its rules. Containers in it must be gone, or going. */
export async function removeNetwork(api: Pick<DockerApi, 'call'>, installId: string): Promise<void> {
  for (const end = Date.now() + LEAVING_MS; ; await sleep(250)) {
    try {
      await api.call('DELETE', `/networks/${networkName(installId)}`);
      break;
    } catch (error) {
      if (isDockerError(error, 404)) break;
      // "Has active endpoints": a container whose removal has begun leaves the network before it is gone.
      if (!isDockerError(error, 403) || Date.now() > end) throw error;
    }
  }
  await removeGuard(guardChains(installId, bridgeName(installId), []));
  await removeGuard(buildGuardChains(installId, await defaultBridge(api), []));
}

/** The bridge of the engine's default network on the machine. */
export async function defaultBridge(api: Pick<DockerApi, 'call'>): Promise<string> {
  const network = await api.call<{ readonly Options?: Readonly<Record<string, string>> }>('GET', '/networks/bridge');
  return network.Options?.['com.docker.network.bridge.name'] ?? 'docker0';
}
