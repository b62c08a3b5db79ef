import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Home, homeLayout, keptVariables, OUTSIDE_VARIABLES, readSettings, type Settings } from '@jangada/core';
import { PlatformError } from '@jangada/platform-api';

export interface SupervisorConfig {
  readonly home: Home;
  readonly settings: Settings;
  /** What children get of our environment: how to reach and trust the outside, and the platform's own settings. */
  readonly inherited: Readonly<Record<string, string>>;
  /** Changes whenever the platform's sources or settings do (written by `npm start`): children of others are replaced. */
  readonly sources: string;
  /** Folder of this checkout. */
  readonly root: string;
}

const DEFAULT_HOME = '/var/lib/jangada';

/** Names without a prefix of ours. A clean environment keeps what an operator's shell happens to hold out of the platform. */
const INHERITED = ['PATH', 'HOME', 'LANG', 'TZ', 'DOCKER_SOCKET', 'NODE_COMPILE_CACHE', ...OUTSIDE_VARIABLES];

/** The one place of this process that reads the environment. Throws `invalid_params`, or `not_found` before the first `npm start`. */
export async function readConfig(): Promise<SupervisorConfig> {
  const home = homeLayout(process.env['JANGADA_HOME'] || DEFAULT_HOME);
  const saved = await readFile(home.settings, 'utf8').catch(() => null);
  if (saved === null) {
    throw new PlatformError('not_found', `${home.settings} is missing. Run "npm start" first.`);
  }
  return {
    home,
    settings: readSettings(process.env, JSON.parse(saved) as Settings),
    inherited: inheritedFrom(process.env),
    sources: await readFile(join(home.run, 'sources'), 'utf8').catch(() => ''),
    root: join(import.meta.dirname, '..', '..'),
  };
}

export function inheritedFrom(env: Readonly<Record<string, string | undefined>>): Readonly<Record<string, string>> {
  return keptVariables(env, INHERITED);
}
