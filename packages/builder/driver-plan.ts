import {
  BUILDPACK_REGISTRY,
  type BuildpackAddress,
  DETECTION_ORDER,
  type DynoSpec,
  type HostMount,
  registryUrlOf,
} from '@jangada/core';
import type { BuildFolder } from './build-folder.ts';
import type { BuildLimits, BuildRequest } from './build-request.ts';
import { buildDirName, CONTAINER, envDirName } from './container-paths.ts';

/** What the driver reads in the container: files of lines. */
export interface DriverPlan {
  /** Format of the source (`git`: plain tar, taken as it is), a space, and the bytes that it may unpack to. */
  readonly archive: string;
  /** `source` or `slug`. */
  readonly kind: string;
  /** Folder of the tree that is the app; empty for all of it. */
  readonly sourceDir: string;
  /** `kind TAB location TAB ref TAB display`, one buildpack a line; `-` for no ref. Empty: detect. */
  readonly buildpacks: string;
  /** Names of built-in buildpacks to ask, in order. */
  readonly detect: string;
}

/** `builtIn`: names in the buildpacks folder. `registry`: where named ones that are not built in come from. */
export function planDriver(
  request: Pick<BuildRequest, 'kind' | 'sourceFormat' | 'sourceDir'>,
  sourceBytes: number,
  addresses: readonly BuildpackAddress[],
  builtIn: readonly string[],
  registry: string = BUILDPACK_REGISTRY,
): DriverPlan {
  return {
    archive: `${request.sourceFormat ?? 'git'} ${sourceBytes}\n`,
    kind: request.kind ?? 'source',
    sourceDir: request.sourceDir ?? '',
    buildpacks: addresses.map((address) => `${buildpackLine(address, builtIn, registry)}\n`).join(''),
    detect: DETECTION_ORDER.filter((name) => builtIn.includes(name))
      .map((name) => `${name}\n`)
      .join(''),
  };
}

function buildpackLine({ display, source }: BuildpackAddress, builtIn: readonly string[], registry: string): string {
  switch (source.kind) {
    case 'named':
      return source.namespace === 'heroku' && builtIn.includes(source.name)
        ? ['builtin', source.name, '-', display].join('\t')
        : ['archive', registryUrlOf(source, registry), '-', display].join('\t');
    case 'git':
      return ['git', source.url, source.ref ?? '-', display].join('\t');
    case 'archive':
      return ['archive', source.url, '-', display].join('\t');
  }
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
  /** The operator's build environment (builds 9.1). */
  readonly environment: Readonly<Record<string, string>>;
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
    ...setting.environment,
    PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
    HOME: '/app',
    LANG: 'C.UTF-8',
    STACK: request.stack,
    SOURCE_VERSION: request.sourceVersion ?? '',
    REQUEST_ID: request.buildId,
    HEROKU_BUILD_ID: request.buildId,
    DYNO: `build.${request.buildId.slice(-4)}`,
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
    seen(setting.nodeBinary, CONTAINER.node),
    seen(setting.runtimesFolder, CONTAINER.runtimes),
    ...(setting.caBundle === null ? [] : [seen(setting.caBundle, CA_BUNDLE_IN_CONTAINER)]),
  ];
}
