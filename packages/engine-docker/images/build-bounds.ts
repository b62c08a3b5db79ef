import { existsSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';

/** What the RUN steps of all image builds of the machine may use together. */
export interface BuildBounds {
  /** Bytes. */
  readonly memory: number;
  /** 1024 is one share. */
  readonly cpuShares: number;
  readonly pids: number;
}

/** Who makes the engine's control groups, and of which version they are. */
export interface CgroupSetting {
  readonly driver: 'cgroupfs' | 'systemd';
  readonly version: 1 | 2;
  /** Control group of the engine itself: `/system.slice/docker.service`. Counts with systemd only. */
  readonly engineGroup: string;
}

/** What is to be done so that the limits hold. */
export interface BoundsPlan {
  /** Programs to run first, as argv. */
  readonly commands: readonly (readonly string[])[];
  /** Folders that must be there already; where one is not, the engine keeps its groups elsewhere. */
  readonly required: readonly string[];
  /** Limits to write; folders below the required ones are made. */
  readonly settings: readonly Setting[];
  /** Steps that have to be brought into the bounded group while they run; one entry for each hierarchy. */
  readonly collect: readonly CollectFrom[];
}

export interface Setting {
  /** Absolute path of a file of a control group. */
  readonly file: string;
  readonly value: string;
}

export interface CollectFrom {
  /** Folder in which every step has a group of its own. */
  readonly from: string;
  /** The group that the limits are on. */
  readonly into: string;
  /** Limits of each step's own group, for what it uses before it is brought over. Names of files to values. */
  readonly limits: Readonly<Record<string, string>>;
}

/** systemd reads a dash in the name of a slice as a level. */
const SLICE = 'jangada-builds.slice';
const SLICE_PATH = 'jangada.slice/jangada-builds.slice';

/**
 * BuildKit takes no limits with a build. With the engine's own driver it runs every step below one group, `docker/buildkit`: the
 * limits are set on that. With systemd's it asks runc for `system.slice:docker:<id>`, but not for systemd, so each step gets a
 * group of that very name without a parent of its own (decision 0082): beside the engine's on version 2, in it on version 1.
 * Then systemd makes a slice with the limits, and the processes of steps are brought into it.
 */
export function planBounds(bounds: BuildBounds, setting: CgroupSetting, root = '/sys/fs/cgroup'): BoundsPlan {
  const groups = setting.version === 1 ? versionOne(bounds) : versionTwo(bounds);
  if (setting.driver === 'cgroupfs') {
    return {
      commands: [],
      required: groups.map(({ controller }) => join(root, controller, 'docker')),
      settings: groups.flatMap(({ controller, limits }) =>
        Object.entries(limits).map(([name, value]) => ({
          file: join(root, controller, 'docker', 'buildkit', name),
          value,
        })),
      ),
      collect: [],
    };
  }
  const parent = setting.version === 1 ? setting.engineGroup : dirname(setting.engineGroup);
  return {
    commands: [
      ['systemctl', 'set-property', '--runtime', SLICE, ...systemdProperties(bounds)],
      ['systemctl', 'start', SLICE],
    ],
    required: groups.map(({ controller }) => join(root, controller, parent)),
    settings: [],
    collect: groups.map(({ controller, limits }) => ({
      from: join(root, controller, parent),
      into: join(root, controller, SLICE_PATH),
      limits,
    })),
  };
}

/** Runs a plan but for collecting. Returns whether the limits hold. `run` rejects when a program fails. */
export async function boundBuilds(
  plan: BoundsPlan,
  run: (argv: readonly string[]) => Promise<unknown>,
): Promise<boolean> {
  try {
    for (const argv of plan.commands) await run(argv);
    if (!plan.required.every((folder) => existsSync(folder))) return false;
    for (const { file, value } of plan.settings) {
      await mkdir(dirname(file), { recursive: true });
      // A group in the kernel's idle class has no weight, and the kernel takes none for it.
      if (basename(file).startsWith('cpu.') && (await isIdle(dirname(file)))) continue;
      await writeFile(file, value);
    }
    return plan.collect.every(({ into }) => existsSync(into));
  } catch {
    return false;
  }
}

async function isIdle(group: string): Promise<boolean> {
  return (await readFile(join(group, 'cpu.idle'), 'utf8').catch(() => '')).trim() === '1';
}

interface Group {
  /** Folder of its hierarchy. */
  readonly controller: string;
  readonly limits: Readonly<Record<string, string>>;
}

function versionOne({ memory, cpuShares, pids }: BuildBounds): readonly Group[] {
  return [
    { controller: 'memory', limits: { 'memory.limit_in_bytes': String(memory) } },
    { controller: 'cpu', limits: { 'cpu.shares': String(cpuShares) } },
    { controller: 'pids', limits: { 'pids.max': String(pids) } },
  ];
}

function versionTwo({ memory, cpuShares, pids }: BuildBounds): readonly Group[] {
  const limits = { 'memory.max': String(memory), 'cpu.weight': String(weightOf(cpuShares)), 'pids.max': String(pids) };
  return [{ controller: '', limits }];
}

/** systemd turns them into what version 1 has. */
function systemdProperties({ memory, cpuShares, pids }: BuildBounds): readonly string[] {
  return [`MemoryMax=${memory}`, `CPUWeight=${weightOf(cpuShares)}`, `TasksMax=${pids}`];
}

/** 1024 shares are a weight of 100, as runc has it on the default scale. */
function weightOf(cpuShares: number): number {
  return Math.max(1, Math.round((cpuShares * 100) / 1024));
}
