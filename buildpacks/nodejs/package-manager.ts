import { BuildError } from '../kit/build-error.ts';
import type { Manifest } from './manifest.ts';

export type ManagerName = 'npm' | 'yarn' | 'berry' | 'pnpm';

/** Which program installs the app's packages. Pure: what to run, not running it. */
export interface PackageManager {
  readonly name: ManagerName;
  /** npm specifier that provides the program; null for the npm that comes with the runtime, or one the app brings itself. */
  readonly specifier: string | null;
  /** How it is called: `npm`, `yarn`, `pnpm`, or `node <yarnPath>`. */
  readonly program: readonly string[];
  readonly lockfile: string | null;
}

const LOCKFILES: readonly (readonly [string, ManagerName])[] = [
  ['npm-shrinkwrap.json', 'npm'],
  ['package-lock.json', 'npm'],
  ['yarn.lock', 'yarn'],
  ['pnpm-lock.yaml', 'pnpm'],
];

/**
 * Chooses by the lockfile, then by `packageManager`. `files`: names at the top of the app; `yarnrc`: text of `.yarnrc.yml`, null
 * without one. Throws BuildError when lockfiles of different managers are there.
 */
export function choosePackageManager(
  manifest: Manifest,
  files: readonly string[],
  yarnrc: string | null,
): PackageManager {
  const locks = LOCKFILES.filter(([file]) => files.includes(file));
  const managers = new Set(locks.map(([, manager]) => manager));
  if (managers.size > 1) {
    const names = locks.map(([file]) => file);
    throw new BuildError(
      `Two different lockfiles found: ${names.join(' and ')}`,
      'Both say which versions to install, and they need not agree.',
      `Remove all but one of them and push again: git rm ${names.slice(1).join(' ')}`,
    );
  }
  const lockfile = locks[0]?.[0] ?? null;
  const named = manifest.packageManager;
  const manager = locks[0]?.[1] ?? (named?.name === 'yarn' || named?.name === 'pnpm' ? named.name : 'npm');
  const version = (named?.name === manager ? named.version : undefined) ?? manifest.engines[manager];

  switch (manager) {
    case 'pnpm':
      return { name: 'pnpm', specifier: `pnpm@${version ?? '10'}`, program: ['pnpm'], lockfile };
    case 'yarn': {
      const path = /^yarnPath:\s*['"]?([^'"\s]+)/m.exec(yarnrc ?? '')?.[1];
      if (path !== undefined) return { name: 'berry', specifier: null, program: ['node', path], lockfile };
      const berry = yarnrc !== null || /^[^0-9]*[2-9]/.test(version ?? '1');
      return berry
        ? { name: 'berry', specifier: `@yarnpkg/cli-dist@${version ?? '4'}`, program: ['yarn'], lockfile }
        : { name: 'yarn', specifier: `yarn@${version ?? '1'}`, program: ['yarn'], lockfile };
    }
    default:
      return { name: 'npm', specifier: version === undefined ? null : `npm@${version}`, program: ['npm'], lockfile };
  }
}

/** argv that installs everything, devDependencies too: the build may need them. */
export function installCommand(manager: PackageManager): readonly string[] {
  switch (manager.name) {
    case 'npm':
      // The lockfile has the checksums: what the cache holds need not be asked for again.
      return manager.lockfile === null
        ? [...manager.program, 'install', '--include=dev', '--no-audit', '--no-fund']
        : [...manager.program, 'ci', '--include=dev', '--prefer-offline', '--no-audit', '--no-fund'];
    case 'yarn':
      return [
        ...manager.program,
        'install',
        ...(manager.lockfile ? ['--frozen-lockfile'] : []),
        '--ignore-engines',
        '--production=false',
      ];
    case 'berry':
      return [...manager.program, 'install', ...(manager.lockfile ? ['--immutable'] : [])];
    case 'pnpm':
      return [...manager.program, 'install', ...(manager.lockfile ? ['--frozen-lockfile'] : []), '--prod=false'];
  }
}

/** argv that removes devDependencies again; null when the manager cannot. */
export function pruneCommand(manager: PackageManager): readonly string[] | null {
  switch (manager.name) {
    case 'npm':
      return [...manager.program, 'prune', '--omit=dev', '--no-audit', '--no-fund'];
    case 'yarn':
      return [
        ...manager.program,
        'install',
        '--production=true',
        '--ignore-scripts',
        '--prefer-offline',
        '--ignore-engines',
        '--frozen-lockfile',
      ];
    case 'berry':
      return [...manager.program, 'workspaces', 'focus', '--all', '--production'];
    case 'pnpm':
      return [...manager.program, 'prune', '--prod'];
  }
}

/** argv that runs a script of package.json. */
export function scriptCommand(manager: PackageManager, script: string): readonly string[] {
  return [...manager.program, 'run', script];
}

/** Variables that keep each manager's downloads in the app's cache, and send all of them to the operator's registry. */
export function downloadEnvironment(
  cacheFolder: string,
  registry: string | undefined,
): Readonly<Record<string, string>> {
  return {
    npm_config_cache: `${cacheFolder}/npm`,
    YARN_CACHE_FOLDER: `${cacheFolder}/yarn`,
    YARN_ENABLE_GLOBAL_CACHE: 'false',
    ...(registry ? { YARN_NPM_REGISTRY_SERVER: registry } : {}),
    npm_config_store_dir: `${cacheFolder}/pnpm`,
  };
}
