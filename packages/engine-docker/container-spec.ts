import type { DynoSpec, HostMount } from '@jangada/core';
import { labelsOf } from './labels.ts';
import { seccompProfile } from './seccomp-profile.ts';

/** Open files a dyno may have (Heroku's number); less where the daemon's own hard limit is lower (engine trap T1). */
const OPEN_FILES = 10_000;

/** How `/app` comes into the container. */
export type AppMount =
  /** The slug below, a writable layer of the dyno above; mounted by Docker's `local` volume driver (engine 4.2). */
  | { readonly kind: 'overlay'; readonly lower: string; readonly upper: string; readonly work: string }
  /** An empty writable host directory. */
  | { readonly kind: 'directory'; readonly path: string }
  /** Not at all: the dyno's image is the app's own. */
  | { readonly kind: 'none' };

/** What a dyno has on its disk. */
export interface DynoFolders {
  readonly app: AppMount;
  /** Host directory that is its `/tmp`. */
  readonly tmp: string;
  /** Host directories that are what its image has as VOLUME. */
  readonly volumes: readonly HostMount[];
  /** User and group of its processes on the machine, whatever the image says. */
  readonly uid: number;
  /** Host files by what they are in the container: `/etc/passwd` with a name for the user. */
  readonly accounts: readonly HostMount[];
}

/** What the container of a dyno depends on besides the dyno: the machine and the installation. */
export interface ContainerSetting {
  readonly installId: string;
  readonly network: string;
  /** Hard limit of open files of the daemon's process. */
  readonly openFilesLimit: number;
  /** CPU cores of the machine: the engine refuses a cap above it. */
  readonly cpus: number;
  /** Docker's `CgroupParent`. Default: the engine's own. */
  readonly parent?: string | undefined;
  /** Container whose network, host name and name server it shares. Default: its own, in `network`. */
  readonly sandbox?: string | undefined;
}

/** With `stdin` the container's input can be attached; with `tty` it has a terminal. */
export interface ContainerTerminal {
  readonly stdin: boolean;
  readonly tty: boolean;
}

/** Name of a dyno's container and of its volume. Says nothing to other dynos, which can see it in the engine's DNS. */
export function containerName(installId: string, dynoId: string): string {
  return `jangada-${installId}-${dynoId}`;
}

/**
 * The body of `POST /containers/create` for a dyno (engine 3.2): no capabilities, no new privileges, our seccomp profile,
 * read-only root, an init that reaps orphans, the limits of the dyno's size, no restarts by the engine. An app's own image
 * keeps its working directory and ENTRYPOINT and gets a writable root, and is no more trusted for it (decision 0065).
 */
export function containerSpec(
  spec: DynoSpec,
  folders: DynoFolders,
  setting: ContainerSetting,
  terminal: ContainerTerminal | null = null,
): Readonly<Record<string, unknown>> {
  const isOwnImage = spec.root === 'image';
  return {
    Image: spec.image,
    ...(setting.sandbox === undefined ? { Hostname: spec.dynoId } : {}),
    User: `${folders.uid}:${folders.uid}`,
    ...(isOwnImage ? ownProcess(spec) : { WorkingDir: '/app', Entrypoint: [], Cmd: spec.command }),
    Env: Object.entries({ ...spec.env, HOME: '/app' }).map(([name, value]) => `${name}=${value}`),
    Labels: labelsOf(spec, setting.installId, folders.uid),
    Healthcheck: { Test: ['NONE'] },
    AttachStdin: terminal?.stdin ?? false,
    AttachStdout: true,
    AttachStderr: true,
    OpenStdin: terminal?.stdin ?? false,
    StdinOnce: terminal?.stdin ?? false,
    Tty: terminal?.tty ?? false,
    HostConfig: {
      ...limitsOf(spec, setting),
      ...HARDENING,
      ReadonlyRootfs: !isOwnImage,
      Init: true,
      Mounts: mountsOf(spec, folders, setting),
      NetworkMode: setting.sandbox === undefined ? setting.network : `container:${setting.sandbox}`,
      RestartPolicy: { Name: 'no' },
      LogConfig: spec.captureOutput ? CRASH_BUFFER : { Type: 'none' },
    },
  };
}

/** What no container of ours may do. */
export const HARDENING = {
  CapDrop: ['ALL'],
  SecurityOpt: ['no-new-privileges', `seccomp=${seccompProfile()}`],
} as const;

/** Docker takes what is absent from the image. */
function ownProcess({ command }: DynoSpec): Readonly<Record<string, unknown>> {
  return command.length === 0 ? {} : { Cmd: command };
}

/** What the engine keeps of the output, for an agent that was away (engine 5). */
const CRASH_BUFFER = { Type: 'local', Config: { 'max-size': '2m', 'max-file': '1', compress: 'false' } } as const;

function limitsOf({ limits }: DynoSpec, setting: ContainerSetting): Readonly<Record<string, unknown>> {
  const openFiles = Math.min(OPEN_FILES, setting.openFilesLimit);
  return {
    Memory: limits.memoryLimit,
    // Equal to Memory: no swap, so that R14 and R15 mean the same on every machine.
    MemorySwap: limits.memoryLimit,
    MemoryReservation: Math.min(limits.memoryQuota, limits.memoryLimit),
    CpuShares: Math.max(2, limits.cpuShares),
    ...(setting.parent === undefined ? {} : { CgroupParent: setting.parent }),
    ...(limits.cpus !== null && limits.cpus < setting.cpus ? { NanoCpus: Math.round(limits.cpus * 1e9) } : {}),
    PidsLimit: limits.pids,
    Ulimits: [{ Name: 'nofile', Soft: openFiles, Hard: openFiles }],
  };
}

function mountsOf(
  spec: DynoSpec,
  folders: DynoFolders,
  setting: ContainerSetting,
): readonly Readonly<Record<string, unknown>>[] {
  const ours = [
    ...appMount(spec, folders.app, setting),
    ...temporaryFiles(spec, folders),
    ...[...folders.accounts, ...spec.mounts].map(bindMount),
  ];
  const targets = new Set(ours.map((mount) => mount['Target']));
  const volumes = folders.volumes.filter(({ target }) => !targets.has(target));
  return [...ours, ...volumes.map((volume) => imageVolume(volume, setting))];
}

/**
 * Where an image has a VOLUME the engine makes one on the machine's disk, which nothing bounds, unless something is mounted
 * there. A volume that is a folder of the dyno's disk, not a bind: the engine puts into it what the image has there, and
 * removes it with the container, as it has no name.
 */
function imageVolume({ source, target }: HostMount, setting: ContainerSetting): Readonly<Record<string, unknown>> {
  return {
    Type: 'volume',
    Target: target,
    VolumeOptions: {
      Labels: { 'jangada.install': setting.installId },
      DriverConfig: { Name: 'local', Options: { type: 'none', device: source, o: 'bind,nodev,nosuid' } },
    },
  };
}

/** `/tmp` on the dyno's disk, unless the platform mounts something there itself. */
function temporaryFiles({ mounts }: DynoSpec, { tmp }: DynoFolders): readonly Readonly<Record<string, unknown>>[] {
  if (mounts.some((mount) => mount.target === '/tmp')) return [];
  return [bindMount({ source: tmp, target: '/tmp', readonly: false })];
}

function appMount(
  spec: DynoSpec,
  app: AppMount,
  setting: ContainerSetting,
): readonly Readonly<Record<string, unknown>>[] {
  if (app.kind === 'none') return [];
  return [app.kind === 'directory' ? { Type: 'bind', Source: app.path, Target: '/app' } : overlay(spec, app, setting)];
}

function overlay(
  spec: DynoSpec,
  app: Extract<AppMount, { kind: 'overlay' }>,
  setting: ContainerSetting,
): Readonly<Record<string, unknown>> {
  return {
    Type: 'volume',
    Source: containerName(setting.installId, spec.dynoId),
    Target: '/app',
    VolumeOptions: {
      NoCopy: true,
      Labels: { 'jangada.install': setting.installId },
      DriverConfig: {
        Name: 'local',
        Options: {
          type: 'overlay',
          device: 'overlay',
          o: `nodev,nosuid,lowerdir=${app.lower},upperdir=${app.upper},workdir=${app.work}`,
        },
      },
    },
  };
}

function bindMount({ source, target, readonly }: HostMount): Readonly<Record<string, unknown>> {
  return { Type: 'bind', Source: source, Target: target, ReadOnly: readonly };
}
