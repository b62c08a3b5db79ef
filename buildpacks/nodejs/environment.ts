import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Config vars that would break the build itself. */
const NOT_TAKEN = /^(PATH|GIT_DIR|CPATH|CPPATH|LD_PRELOAD|LIBRARY_PATH|LANG|BUILD_DIR)$/;

/** The app's config vars, one file each (builds 1.1), without those that a build must not take over. */
export function readConfigVars(envFolder: string): Readonly<Record<string, string>> {
  const names = readdirSync(envFolder).filter((name) => !NOT_TAKEN.test(name));
  return Object.fromEntries(names.map((name) => [name, readFileSync(join(envFolder, name), 'utf8')]));
}

/** What installs and scripts find in their environment (builds 10). */
export function buildEnvironment(
  inherited: Readonly<Record<string, string | undefined>>,
  configVars: Readonly<Record<string, string>>,
  appFolder: string,
): Readonly<Record<string, string>> {
  const given = Object.fromEntries(
    Object.entries(inherited).filter(
      // Ours alone: the app's scripts keep no compiled code in its cache.
      (entry): entry is [string, string] => entry[1] !== undefined && entry[0] !== 'NODE_COMPILE_CACHE',
    ),
  );
  const programs = ['npm', 'yarn', 'pnpm', 'node'].map((name) => join(appFolder, '.heroku', name, 'bin'));
  return {
    NODE_ENV: 'production',
    NPM_CONFIG_LOGLEVEL: 'error',
    NODE_OPTIONS: '--max_old_space_size=2560',
    npm_config_update_notifier: 'false',
    YARN_ENABLE_TELEMETRY: '0',
    COREPACK_ENABLE_DOWNLOAD_PROMPT: '0',
    CI: 'true',
    ...given,
    ...configVars,
    PATH: [...programs, join(appFolder, 'node_modules', '.bin'), given['PATH'] ?? ''].join(':'),
  };
}
