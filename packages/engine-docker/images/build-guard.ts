import { connectDocker } from '../docker-api.ts';
import { buildGuardChains, installGuard, machineNameServers } from '../firewall.ts';
import { defaultBridge, type Report } from '../network.ts';
import { type BuildBounds, boundBuilds } from './build-bounds.ts';

export interface BuildGuardOptions {
  readonly installId: string;
  readonly socketPath: string;
  /** TCP ports of this machine that builds may reach like everybody else: the router's. */
  readonly publicPorts: readonly number[];
  readonly bounds: BuildBounds;
  readonly report: Report;
}

/** All image builds of a machine together: what a build of a slug may use, twice. */
export const DEFAULT_BUILD_BOUNDS: BuildBounds = { memory: 8 * 1024 ** 3, cpuShares: 512, pids: 4096 };

/**
 * Puts in place what keeps image builds from the machine: firewall rules and limits. What cannot be is reported as
 * `builds.unguarded`, and builds run all the same, as dynos do.
 */
export function createBuildGuard(options: BuildGuardOptions): () => Promise<void> {
  const { installId, socketPath, publicPorts, bounds, report } = options;
  return async () => {
    const api = connectDocker(socketPath);
    try {
      const chains = buildGuardChains(installId, await defaultBridge(api), await machineNameServers(), publicPorts);
      await installGuard(chains);
    } catch (error) {
      report('builds.unguarded', {
        message: 'Image builds can reach listeners of this machine: the firewall rules could not be set.',
        reason: error instanceof Error ? error.message.trim() : String(error),
      });
    } finally {
      api.close();
    }
    if (await boundBuilds(bounds)) return;
    report('builds.unguarded', {
      message: 'Image builds have no limits of memory and CPU: the control group of the engine was not found.',
    });
  };
}
