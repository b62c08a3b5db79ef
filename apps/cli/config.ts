import { join } from 'node:path';
import { type Home, homeLayout } from '@jangada/core';

/** What the `jangada` command knows of its surroundings. */
export interface CliConfig {
  readonly home: Home;
  /** Folder of this checkout. */
  readonly root: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Unix socket of the Docker Engine: `DOCKER_SOCKET`, or `DOCKER_HOST` when that names one. */
  readonly dockerSocket: string;
}

const DEFAULT_HOME = '/var/lib/jangada';
const DEFAULT_SOCKET = '/var/run/docker.sock';

/** The one place of this process that reads the environment. */
export function readCliConfig(): CliConfig {
  const { env } = process;
  const socket = env['DOCKER_SOCKET'] || /^unix:\/\/(.+)$/.exec(env['DOCKER_HOST'] ?? '')?.[1];
  return {
    home: homeLayout(env['JANGADA_HOME'] || DEFAULT_HOME),
    root: join(import.meta.dirname, '..', '..'),
    env: { ...env },
    dockerSocket: socket || DEFAULT_SOCKET,
  };
}
