import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { inheritedEnvironment } from '../kit/environment.ts';

/** What installs and scripts find in their environment (builds 10). `pack`: folder of the buildpack. */
export function buildEnvironment(
  inherited: Readonly<Record<string, string | undefined>>,
  configVars: Readonly<Record<string, string>>,
  appFolder: string,
  pack: string,
): Readonly<Record<string, string>> {
  const given = inheritedEnvironment(inherited);
  const programs = ['npm', 'yarn', 'pnpm', 'node'].map((name) => join(appFolder, '.heroku', name, 'bin'));
  const path = [...programs, join(appFolder, 'node_modules', '.bin'), given['PATH'] ?? '', join(pack, 'shims')];
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
    PATH: path.join(':'),
  };
}

/** The operator's registry, unless the app's own `.npmrc` names one: a variable would win over the file. */
export function registryOf(appFolder: string, operators: string | undefined): string | undefined {
  const file = join(appFolder, '.npmrc');
  const ownRegistry = existsSync(file) && /^\s*registry\s*=/m.test(readFileSync(file, 'utf8'));
  return ownRegistry ? undefined : operators;
}
