import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rmdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { DockerApi } from '../docker-api.ts';
import type { Report } from '../network.ts';
import { backgroundPlace, buildkitFolders, type EngineGroups, type GroupFolders } from './background-place.ts';
import { type CpuClass, IDLE, nextClass, WEIGHTED } from './cpu-class.ts';
import { type MachineTime, readMachineTime } from './machine-time.ts';

export const CGROUP_ROOT = '/sys/fs/cgroup';

/** The weight of a group that is starved; all dynos together have 1024. */
const SHARES = 512;

/** Keeps what runs in the background (builds) from everything else that wants the CPU. */
export interface BackgroundGroup {
  /**
   * Docker's `CgroupParent` of such a container; the group is there then, or comes with the container. Undefined where the
   * engine has none of ours (it runs without root): then the container's own weight is all there is.
   */
  parent(): Promise<string | undefined>;
  /** Sets the classes: systemd makes the group with the first container. Never throws. */
  hold(): Promise<void>;
  /** Looks who starves and sets the classes. Called once a second. Never throws. */
  keep(): Promise<void>;
  /** Gives every group its weight: nobody looks who starves from here on. Never throws. */
  release(): Promise<void>;
  /** Removes the group, which must be empty. */
  remove(): Promise<void>;
}

interface KeptGroup {
  readonly folders: GroupFolders;
  class: CpuClass;
  /** Of the reading before; null before the first. */
  seen: { readonly used: number; readonly at: number } | null;
}

export function createBackgroundGroup(
  installId: string,
  api: Pick<DockerApi, 'call'>,
  report: Report,
  root = CGROUP_ROOT,
): BackgroundGroup {
  let found: Promise<{ parent: string; own: KeptGroup; groups: readonly KeptGroup[] } | null> | null = null;
  let machine: MachineTime | null = null;
  let told = false;

  const find = async (): Promise<Awaited<NonNullable<typeof found>>> => {
    const engine = await api.call<EngineGroups>('GET', '/info');
    const place = backgroundPlace(installId, engine, root);
    if (place === null) return null;
    // systemd makes its slices itself, when there is something to put into them.
    if (engine.CgroupDriver === 'cgroupfs') await makeGroup(place, root).catch(() => undefined);
    const own: KeptGroup = { folders: place, class: IDLE, seen: null };
    const buildkit = buildkitFolders(engine, root);
    const groups = buildkit ? [own, { ...own, folders: buildkit }] : [own];
    for (const group of groups) await setClass(group);
    return { parent: place.parent, own, groups };
  };

  /** Asked once; again when the engine did not answer. */
  const get = (): NonNullable<typeof found> => {
    found ??= find().catch((error) => {
      found = null;
      throw error;
    });
    return found;
  };

  const hold = async (): Promise<void> => {
    const kept = await get().catch(() => null);
    for (const group of kept?.groups ?? []) {
      const idles = await setClass(group);
      if (idles || told || group !== kept?.own || !existsSync(group.folders.cpu)) continue;
      told = true;
      report('builds.weighted', {
        message:
          'Builds have no more than a low weight and may hold up apps: control groups have no idle class before Linux 5.15.',
      });
    }
  };

  return {
    parent: async () => (await get())?.parent,
    hold,

    async keep() {
      const groups = (await get().catch(() => null))?.groups ?? [];
      const now = await readMachineTime();
      const unused = machine === null ? 1 : (now.unused - machine.unused) / Math.max(1, now.total - machine.total);
      machine = now;
      for (const group of groups) group.class = nextClass(group.class, { ...(await readUse(group)), unused });
      await hold();
    },

    async release() {
      const kept = await found?.catch(() => null);
      for (const group of kept?.groups ?? []) await setClass({ ...group, class: WEIGHTED });
    },

    async remove() {
      const kept = await get().catch(() => null);
      for (const folder of kept?.own.folders.all ?? []) {
        await rmdir(join(folder, PLATFORM)).catch(() => undefined);
        await rmdir(folder).catch(() => undefined);
      }
    },
  };
}

async function makeGroup({ version, cpu }: GroupFolders, root: string): Promise<void> {
  // The engine asks for it with its first container; the class is set before that.
  if (version === 2) await writeFile(join(root, 'cgroup.subtree_control'), '+cpu').catch(() => undefined);
  await mkdir(cpu, { recursive: true });
}

/** The kernel keeps no weight for a group of the idle class, and takes none. False where it has no such class. */
async function setClass({ folders, class: { name } }: KeptGroup): Promise<boolean> {
  const idle = name === 'idle' ? '1' : '0';
  const file = join(folders.cpu, 'cpu.idle');
  const now = await readFile(file, 'utf8').catch(() => null);
  try {
    if (now !== null && now.trim() !== idle) await writeFile(file, idle);
    if (now === null || idle === '0') {
      const [weight, value] =
        folders.version === 1 ? ['cpu.shares', SHARES] : ['cpu.weight', Math.round((SHARES * 100) / 1024)];
      await writeFile(join(folders.cpu, weight), String(value));
    }
  } catch {
    // The group is gone, or made later.
  }
  return now !== null;
}

async function readUse(group: KeptGroup): Promise<{ readonly inUse: boolean; readonly cores: number }> {
  const text = await readFile(group.folders.usage, 'utf8').catch(() => null);
  if (text === null) return { inUse: false, cores: 0 };
  const used = group.folders.version === 1 ? Number(text) / 1e6 : Number(/usage_usec (\d+)/.exec(text)?.[1] ?? 0) / 1e3;
  const at = performance.now();
  const before = group.seen;
  group.seen = { used, at };
  if (before === null) return { inUse: false, cores: 0 };
  return { inUse: await isInUse(group.folders.cpu), cores: (used - before.used) / (at - before.at) };
}

/** Whether a process is in one of the groups below: a container, or the platform's own. */
async function isInUse(folder: string): Promise<boolean> {
  for (const entry of await readdir(folder, { withFileTypes: true }).catch(() => [])) {
    if (!entry.isDirectory()) continue;
    const processes = await readFile(join(folder, entry.name, 'cgroup.procs'), 'utf8').catch(() => '');
    if (processes !== '') return true;
  }
  return false;
}

/** Below the group: processes that are no container. On version 2 a group with groups below it holds none itself. */
const PLATFORM = 'platform';

/** Moves a process of the platform to the builds of the installation. False where they have no group. */
export async function joinBackground(installId: string, pid: number, root = CGROUP_ROOT): Promise<boolean> {
  for (const engine of DRIVERS) {
    const folder = backgroundPlace(installId, engine, root)?.cpu;
    if (folder === undefined || !existsSync(folder)) continue;
    try {
      await mkdir(join(folder, PLATFORM), { recursive: true });
      await writeFile(join(folder, PLATFORM, 'cgroup.procs'), String(pid));
      return true;
    } catch {
      return false;
    }
  }
  return false;
}

const DRIVERS: readonly EngineGroups[] = ['1', '2'].flatMap((CgroupVersion) =>
  ['cgroupfs', 'systemd'].map((CgroupDriver) => ({ CgroupDriver, CgroupVersion })),
);
