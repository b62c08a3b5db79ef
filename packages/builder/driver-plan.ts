import { join } from 'node:path';
import {
  type BuildpackAddress,
  type BuildpackNames,
  DETECTION_ORDER,
  type DynoSpec,
  fetchLine,
  type HostMount,
  planBuildpackFetch,
} from '@jangada/core';
import type { BuildFolder } from './build-folder.ts';
import type { BuildLimits, BuildRequest } from './build-request.ts';
import { buildDirName, CONTAINER, envDirName } from './container-paths.ts';

/** What the driver reads in the container: files of lines. */
export interface DriverPlan {
  /** Format of the source (`git`: plain tar, taken as it is), a space, and the bytes that it may unpack to. */
  readonly archive: string;
  /** What becomes of it: an app that buildpacks build, a slug as it is, or an archive that images are built of. */
  readonly kind: 'source' | 'slug' | 'images';
  /** Folder of the tree that is the app; empty for all of it. */
  readonly sourceDir: string;
  /** `commit SPACE path`, each ended by a null character. */
  readonly submodules: string;
  /** `kind TAB location TAB ref TAB display`, one buildpack a line; `-` for no ref. Empty: `.buildpacks`, or detect. */
  readonly buildpacks: string;
  /** Built-in buildpacks to ask, in order: a name, a tab, and the line of the buildpack that goes by it. */
  readonly detect: string;
  /** `BuildpackNames` as JSON, for a `.buildpacks` file. */
  readonly names: string;
  /** `prefix TAB prefix of the mirror` a line. */
  readonly mirrors: string;
  /** pip's settings: it reads some of them from nowhere else (builds 8, python). */
  readonly pip: string;
}

/** What an operator chose for all builds. */
export interface BuildSurroundings {
  /** The build environment (builds 9.1). */
  readonly environment: Readonly<Record<string, string>>;
  /** Prefixes of addresses and what takes their place (builds 9.2). */
  readonly mirrors: Readonly<Record<string, string>>;
}

export function planDriver(
  request: Pick<BuildRequest, 'sourceFormat' | 'sourceDir' | 'submodules'> & Partial<Pick<DriverPlan, 'kind'>>,
  sourceBytes: number,
  addresses: readonly BuildpackAddress[],
  names: BuildpackNames,
  { environment, mirrors }: BuildSurroundings = { environment: {}, mirrors: {} },
): DriverPlan {
  const named = (name: string): BuildpackAddress => ({
    display: `heroku/${name}`,
    source: { kind: 'named', namespace: 'heroku', name },
  });
  const line = (address: BuildpackAddress): string => `${fetchLine(planBuildpackFetch(address, names))}\n`;
  const index = environment['PIP_INDEX_URL'];
  return {
    archive: `${request.sourceFormat ?? 'git'} ${sourceBytes}\n`,
    kind: request.kind ?? 'source',
    sourceDir: request.sourceDir ?? '',
    submodules: neededSubmodules(request)
      .map(({ commit, path }) => `${commit} ${path}\0`)
      .join(''),
    buildpacks: addresses.map(line).join(''),
    detect: DETECTION_ORDER.filter((name) => names.builtIn.includes(name))
      .map((name) => `${name}\t${line(named(name))}`)
      .join(''),
    names: JSON.stringify(names),
    // The longest is asked first, as git does with its own.
    mirrors: Object.entries(mirrors)
      .sort(([one], [other]) => other.length - one.length)
      .map(([from, to]) => `${from}\t${to}\n`)
      .join(''),
    pip: index === undefined ? '' : `[global]\nindex-url = ${index}\n`,
  };
}

/** Those of a folder that is not the app are not fetched. */
function neededSubmodules({
  submodules = [],
  sourceDir,
}: Pick<BuildRequest, 'submodules' | 'sourceDir'>): NonNullable<BuildRequest['submodules']> {
  return sourceDir ? submodules.filter(({ path }) => `${path}/`.startsWith(`${sourceDir}/`)) : submodules;
}

/** What every build container finds on the machine. */
export interface BuildSetting {
  readonly buildpacksFolder: string;
  readonly driverFolder: string;
  readonly coreFolder: string;
  /** A Node 24 program that runs in the stack's images. */
  readonly nodeBinary: string;
  /** Trees of shared runtimes. */
  readonly runtimesFolder: string;
  /** CA bundle mounted at its own path; null for the image's own. */
  readonly caBundle: string | null;
  /** The operator's own buildpacks. */
  readonly ownBuildpacksFolder: string;
  readonly surroundings: BuildSurroundings;
}

const CA_BUNDLE_IN_CONTAINER = '/etc/ssl/certs/ca-certificates.crt';

/** The build as a dyno of type `build`: nothing of the platform or of other apps is in reach of it. */
export function buildDynoSpec(
  request: BuildRequest,
  folder: BuildFolder,
  setting: BuildSetting,
  limits: BuildLimits,
): DynoSpec {
  const buildDir = `${CONTAINER.temporary}/${buildDirName(request.buildId)}`;
  const envDir = `${CONTAINER.temporary}/${envDirName(request.buildId)}`;
  return {
    dynoId: request.buildId,
    appId: request.appId,
    appName: request.appName,
    name: `build.${request.buildId.slice(-4)}`,
    type: 'build',
    user: 'builder',
    version: 0,
    image: request.image,
    slug: null,
    command: ['bash', `${CONTAINER.driver}/build.sh`, buildDir, CONTAINER.cache, envDir],
    env: buildEnvironment(request, setting),
    limits: limits.dyno,
    port: null,
    mounts: mountsOf(folder, setting),
    captureOutput: false,
  };
}

function buildEnvironment(request: BuildRequest, setting: BuildSetting): Readonly<Record<string, string>> {
  return {
    ...(setting.caBundle === null ? {} : trustOf(CA_BUNDLE_IN_CONTAINER)),
    ...setting.surroundings.environment,
    ...mirrorEnvironment(setting.surroundings.mirrors),
    HOME: '/app',
    LANG: 'C.UTF-8',
    STACK: request.stack,
    SOURCE_VERSION: request.sourceVersion ?? '',
    REQUEST_ID: request.buildId,
    HEROKU_BUILD_ID: request.buildId,
    DYNO: `build.${request.buildId.slice(-4)}`,
  };
}

const PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/** Curl and wget find the mirrors through programs of the same name before them on `PATH`; git has a setting for it. */
function mirrorEnvironment(mirrors: BuildSurroundings['mirrors']): Readonly<Record<string, string>> {
  const entries = Object.entries(mirrors);
  if (entries.length === 0) return { PATH };
  const settings = entries.flatMap(([from, to], index) => [
    [`GIT_CONFIG_KEY_${index}`, `url.${to}.insteadOf`],
    [`GIT_CONFIG_VALUE_${index}`, from],
  ]);
  return {
    PATH: `${CONTAINER.shims}:${PATH}`,
    GIT_CONFIG_COUNT: String(entries.length),
    ...Object.fromEntries(settings),
  };
}

/** Node, curl, git and Python each ask another variable for the CA bundle. */
function trustOf(bundle: string): Readonly<Record<string, string>> {
  return {
    NODE_EXTRA_CA_CERTS: bundle,
    SSL_CERT_FILE: bundle,
    CURL_CA_BUNDLE: bundle,
    GIT_SSL_CAINFO: bundle,
    PIP_CERT: bundle,
  };
}

function mountsOf(folder: BuildFolder, setting: BuildSetting): readonly HostMount[] {
  const seen = (source: string, target: string): HostMount => ({ source, target, readonly: true });
  const shared = (source: string, target: string): HostMount => ({ source, target, readonly: false });
  return [
    shared(folder.temporary, CONTAINER.temporary),
    shared(folder.cache, CONTAINER.cache),
    shared(folder.result, CONTAINER.result),
    shared(folder.requests, CONTAINER.requests),
    seen(folder.answers, CONTAINER.answers),
    seen(folder.plan, CONTAINER.plan),
    seen(setting.driverFolder, CONTAINER.driver),
    seen(setting.coreFolder, CONTAINER.core),
    seen(setting.buildpacksFolder, CONTAINER.buildpacks),
    seen(setting.ownBuildpacksFolder, CONTAINER.ownBuildpacks),
    seen(setting.nodeBinary, CONTAINER.node),
    seen(setting.runtimesFolder, CONTAINER.runtimes),
    ...('PIP_INDEX_URL' in setting.surroundings.environment ? [seen(join(folder.plan, 'pip'), CONTAINER.pip)] : []),
    ...(setting.caBundle === null ? [] : [seen(setting.caBundle, CA_BUNDLE_IN_CONTAINER)]),
  ];
}
