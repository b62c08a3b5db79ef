import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** What the RUN steps of all image builds of the machine may use together. */
export interface BuildBounds {
  /** Bytes. */
  readonly memory: number;
  /** 1024 is one share. */
  readonly cpuShares: number;
  readonly pids: number;
}

/**
 * BuildKit takes no limits with a build, but runs every step below one control group, `docker/buildkit`: the limits are set on
 * that. Returns whether they hold; an engine that keeps its groups elsewhere (systemd's driver) has them unbounded.
 */
export async function boundBuilds(bounds: BuildBounds, root = '/sys/fs/cgroup'): Promise<boolean> {
  const settings = existsSync(join(root, 'memory')) ? versionOne(bounds) : versionTwo(bounds);
  const results = settings.map(async ([folder, file, value]) => {
    const group = join(root, folder, 'docker', 'buildkit');
    if (!existsSync(join(root, folder, 'docker'))) throw new Error('The engine keeps its groups elsewhere.');
    await mkdir(group, { recursive: true });
    await writeFile(join(group, file), String(value));
  });
  return (await Promise.allSettled(results)).every(({ status }) => status === 'fulfilled');
}

type Setting = readonly [controller: string, file: string, value: number];

function versionOne({ memory, cpuShares, pids }: BuildBounds): readonly Setting[] {
  return [
    ['memory', 'memory.limit_in_bytes', memory],
    ['cpu', 'cpu.shares', cpuShares],
    ['pids', 'pids.max', pids],
  ];
}

function versionTwo({ memory, cpuShares, pids }: BuildBounds): readonly Setting[] {
  // 1024 shares are a weight of 100, as runc has it on the default scale.
  return [
    ['', 'memory.max', memory],
    ['', 'cpu.weight', Math.max(1, Math.round((cpuShares * 100) / 1024))],
    ['', 'pids.max', pids],
  ];
}
