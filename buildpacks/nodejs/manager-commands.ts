import type { ManagerName, PackageManager } from './package-manager.ts';
import type { PnpmSettings } from './pnpm.ts';
import type { YarnSettings } from './yarn.ts';

type Settings = Readonly<Record<string, string>>;

/** Whether npm may change what the lockfile says: there is none, or `USE_NPM_INSTALL` asks for it. */
export function installsLoosely(manager: PackageManager, env: Settings): boolean {
  return manager.name === 'npm' && (manager.lockfile === null || env['USE_NPM_INSTALL'] === 'true');
}

/**
 * argv that installs the app's packages. devDependencies too, as the build may need them, unless `NPM_CONFIG_PRODUCTION` or
 * `YARN_PRODUCTION` is `true`.
 */
export function installCommand(manager: PackageManager, yarn: YarnSettings, env: Settings): readonly string[] {
  const exact = manager.lockfile !== null;
  switch (manager.name) {
    case 'npm': {
      const dev = env['NPM_CONFIG_PRODUCTION'] === 'true' ? '--omit=dev' : '--include=dev';
      // The lockfile has the checksums: what the cache holds need not be asked for again.
      const verb = installsLoosely(manager, env) ? ['install', dev] : ['ci', dev, '--prefer-offline'];
      return [...manager.program, ...verb, '--no-audit', '--no-fund'];
    }
    case 'yarn':
      return [
        ...manager.program,
        'install',
        ...(exact ? ['--frozen-lockfile'] : []),
        '--ignore-engines',
        '--prefer-offline',
        `--production=${env['YARN_PRODUCTION'] === 'true'}`,
      ];
    case 'berry':
      return [
        ...manager.program,
        'install',
        ...(exact ? ['--immutable'] : ['--no-immutable']),
        ...(exact && yarn.zeroInstall ? ['--immutable-cache'] : []),
      ];
    case 'pnpm': {
      const dev = env['NPM_CONFIG_PRODUCTION'] === 'true' ? ['--prod'] : ['--prod=false'];
      return [...manager.program, 'install', exact ? '--frozen-lockfile' : '--no-frozen-lockfile', ...dev];
    }
  }
}

/** How devDependencies go again, or a sentence why they stay (Heroku's settings and its order of asking). */
export function planPrune(
  manager: PackageManager,
  yarn: YarnSettings,
  pnpm: PnpmSettings,
  env: Settings,
): { readonly argv: readonly string[] } | { readonly skip: string } {
  if (env['NODE_ENV'] !== 'production') return { skip: "Skipping because NODE_ENV is not 'production'" };
  for (const name of PRUNE_SETTINGS[manager.name]) {
    const value = env[name];
    // For the first kind any value counts: who set it decided himself what is installed.
    if (value !== undefined && value !== '' && (name.endsWith('_PRODUCTION') || value === 'true')) {
      return { skip: `Skipping because ${name} is '${value}'` };
    }
  }
  switch (manager.name) {
    case 'npm':
      return { argv: [...manager.program, 'prune', '--omit=dev', '--no-audit', '--no-fund'] };
    case 'yarn':
      return {
        argv: [
          ...manager.program,
          'install',
          '--production=true',
          '--ignore-scripts',
          '--prefer-offline',
          '--ignore-engines',
          ...(manager.lockfile ? ['--frozen-lockfile'] : []),
        ],
      };
    case 'berry':
      return canFocus(manager, yarn)
        ? { argv: [...manager.program, 'workspaces', 'focus', '--all', '--production'] }
        : {
            skip: 'Skipping because this Yarn needs the plugin workspace-tools for it: yarn plugin import workspace-tools',
          };
    case 'pnpm':
      if (!pnpm.workspace) return { argv: [...manager.program, 'prune', '--prod', '--ignore-scripts'] };
      // `pnpm prune` knows one package only. Installing anew runs the scripts of all of them, which may need devDependencies.
      return pnpm.withInstallScripts === null
        ? {
            argv: [
              ...manager.program,
              'install',
              '--prod',
              manager.lockfile ? '--frozen-lockfile' : '--no-frozen-lockfile',
            ],
          }
        : { skip: `Skipping because ${pnpm.withInstallScripts} has scripts that an install without them would run` };
  }
}

const PRUNE_SETTINGS: Readonly<Record<ManagerName, readonly string[]>> = {
  npm: ['NPM_CONFIG_PRODUCTION', 'NPM_SKIP_PRUNING'],
  yarn: ['YARN_PRODUCTION', 'YARN_SKIP_PRUNING'],
  berry: ['YARN_PRODUCTION', 'YARN2_SKIP_PRUNING'],
  pnpm: ['PNPM_SKIP_PRUNING'],
};

/** Yarn 4 has the command; Yarn 2 and 3 have it as a plugin. */
function canFocus(manager: PackageManager, yarn: YarnSettings): boolean {
  if (yarn.focusPlugin) return true;
  const version = manager.specifier?.slice(manager.specifier.lastIndexOf('@') + 1);
  const named = version ?? /yarn-(\d[^/]*)\.cjs$/.exec(yarn.path ?? '')?.[1];
  const major = Number(/\d+/.exec(named ?? '')?.[0] ?? yarn.lockfileMajor ?? 4);
  return major >= 4;
}

/** argv that runs a script of package.json, with flags for it. */
export function scriptCommand(
  manager: PackageManager,
  script: string,
  flags: readonly string[] = [],
): readonly string[] {
  // Yarn 2 and later run nothing before the install; npm does.
  if (manager.name === 'berry' && script === 'heroku-prebuild') return ['npm', 'run', script];
  const divider = flags.length > 0 && (manager.name === 'npm' || manager.name === 'pnpm') ? ['--'] : [];
  return [...manager.program, 'run', script, ...divider, ...flags];
}

/** argv that lists what is installed (`NODE_VERBOSE`); null when the manager has no such list. */
export function listCommand(manager: PackageManager): readonly string[] | null {
  if (manager.name === 'berry') return null;
  return [...manager.program, manager.name === 'npm' ? 'ls' : 'list', '--depth=0'];
}

/** Variables that keep the manager's downloads in the app's cache, and send it to the operator's registry. */
export function downloadEnvironment(
  manager: Pick<PackageManager, 'name'>,
  yarn: YarnSettings,
  cacheFolder: string,
  registry: string | undefined,
): Settings {
  const npm = { npm_config_cache: `${cacheFolder}/npm` };
  switch (manager.name) {
    case 'npm':
      return npm;
    case 'pnpm':
      return { ...npm, npm_config_store_dir: `${cacheFolder}/pnpm`, pnpm_config_store_dir: `${cacheFolder}/pnpm` };
    case 'yarn':
      return { ...npm, YARN_CACHE_FOLDER: `${cacheFolder}/yarn`, ...(registry ? { YARN_REGISTRY: registry } : {}) };
    case 'berry': {
      // With Plug'n'Play the archives are part of the app; the mirror below the global folder is what is kept between builds.
      const inApp = yarn.zeroInstall || yarn.linker === 'pnp';
      return {
        ...npm,
        YARN_ENABLE_GLOBAL_CACHE: 'false',
        YARN_ENABLE_MIRROR: 'true',
        YARN_GLOBAL_FOLDER: `${cacheFolder}/berry`,
        ...(inApp ? {} : { YARN_CACHE_FOLDER: `${cacheFolder}/yarn` }),
        ...(registry ? { YARN_NPM_REGISTRY_SERVER: registry } : {}),
      };
    }
  }
}
