import { join } from 'node:path';

/** What the engine says of its control groups (`GET /info`). */
export interface EngineGroups {
  /** `cgroupfs` or `systemd`; `none` without root. */
  readonly CgroupDriver?: string;
  /** `1` or `2`. */
  readonly CgroupVersion?: string;
}

/** A control group as the kernel shows it. */
export interface GroupFolders {
  /** Where its weight and class are. */
  readonly cpu: string;
  /** The file that counts its CPU time. */
  readonly usage: string;
  /** Its folders with all controllers. */
  readonly all: readonly string[];
  readonly version: 1 | 2;
}

/** The control group of what takes what apps leave. */
export interface BackgroundPlace extends GroupFolders {
  /** Docker's `CgroupParent`. */
  readonly parent: string;
}

/** Controllers of version 1 that the engine makes groups for; `unified` is version 2 beside them. */
const CONTROLLERS =
  'cpu cpuacct cpuset memory devices freezer blkio pids net_cls net_prio perf_event hugetlb rdma systemd unified'.split(
    ' ',
  );

/**
 * Where an installation's group is: at the top, beside the engine's own and everything else of the machine, because a class
 * counts only between neighbours. Null where the engine cannot have it.
 */
export function backgroundPlace(installId: string, engine: EngineGroups, root: string): BackgroundPlace | null {
  // No dash: systemd would take the part before it for another slice.
  const name = `jangada_${installId}`;
  if (engine.CgroupDriver === 'cgroupfs') return { parent: `/${name}`, ...foldersOf(name, engine, root) };
  if (engine.CgroupDriver === 'systemd')
    return { parent: `${name}.slice`, ...foldersOf(`${name}.slice`, engine, root) };
  return null;
}

/** BuildKit's group, below which all RUN steps of image builds are. Null with systemd's driver, which keeps them elsewhere. */
export function buildkitFolders(engine: EngineGroups, root: string): GroupFolders | null {
  return engine.CgroupDriver === 'cgroupfs' ? foldersOf('docker/buildkit', engine, root) : null;
}

function foldersOf(name: string, { CgroupVersion: version }: EngineGroups, root: string): GroupFolders {
  if (version === '2') {
    const folder = join(root, name);
    return { version: 2, cpu: folder, usage: join(folder, 'cpu.stat'), all: [folder] };
  }
  const folder = (controller: string): string => join(root, controller, name);
  return {
    version: 1,
    cpu: folder('cpu'),
    usage: join(folder('cpuacct'), 'cpuacct.usage'),
    all: CONTROLLERS.map(folder),
  };
}
