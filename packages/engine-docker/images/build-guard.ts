import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { connectDocker, type DockerApi } from '../docker-api.ts';
import { buildGuardChains, installGuard, machineNameServers } from '../firewall.ts';
import { defaultBridge, type Report } from '../network.ts';
import { type BuildBounds, boundBuilds, type CgroupSetting, planBounds } from './build-bounds.ts';
import { collectSteps, type StepCollector } from './step-collector.ts';

const exec = promisify(execFile);

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
  let collector: StepCollector | null = null;

  const bound = async (api: DockerApi): Promise<boolean> => {
    const plan = planBounds(bounds, await readSetting(api));
    if (!(await boundBuilds(plan, runProgram))) return false;
    if (plan.collect.length === 0 || collector !== null) return true;
    collector = collectSteps(plan.collect, (reason) => {
      void collector?.close();
      collector = null;
      report('builds.unguarded', { message: 'Image builds have no limits any more.', reason });
    });
    return true;
  };

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
    }
    try {
      if (await bound(api).catch(() => false)) return;
      report('builds.unguarded', {
        message: 'Image builds have no limits of memory and CPU: the control group of the engine was not found.',
      });
    } finally {
      api.close();
    }
  };
}

/** Where systemd does not say otherwise. */
const USUAL_GROUP = '/system.slice/docker.service';

async function readSetting(api: DockerApi): Promise<CgroupSetting> {
  const info = await api.call<{ readonly CgroupDriver: string; readonly CgroupVersion?: string }>('GET', '/info');
  const version = info.CgroupVersion === '2' ? 2 : 1;
  if (info.CgroupDriver !== 'systemd') return { driver: 'cgroupfs', version, engineGroup: '' };
  const asked = ['systemctl', 'show', '--property=ControlGroup', '--value', 'docker.service'];
  const said = await runProgram(asked).catch(() => '');
  return { driver: 'systemd', version, engineGroup: said.trim() || USUAL_GROUP };
}

async function runProgram([program = '', ...args]: readonly string[]): Promise<string> {
  return (await exec(program, args, { timeout: 10_000 })).stdout;
}
