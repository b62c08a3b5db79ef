import { join } from 'node:path';
import { inheritedEnvironment } from '../kit/environment.ts';

/** What installs and scripts find in their environment (builds 10). */
export function buildEnvironment(
  inherited: Readonly<Record<string, string | undefined>>,
  configVars: Readonly<Record<string, string>>,
  appFolder: string,
): Readonly<Record<string, string>> {
  const given = inheritedEnvironment(inherited);
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
