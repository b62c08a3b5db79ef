import { type Home, homeLayout, socketsOf } from '@jangada/core';
import { PlatformError } from '@jangada/platform-api';

export interface Config {
  readonly home: Home;
  /** `JANGADA_INSTALL_ID`: twelve hex digits. */
  readonly installId: string;
  /** `DOCKER_SOCKET`, default `/var/run/docker.sock`. */
  readonly dockerSocket: string;
  /** `JANGADA_HTTP_PORT`, `JANGADA_HTTPS_PORT`: dynos may reach them on this machine. */
  readonly publicPorts: readonly number[];
  /** Where this agent serves. */
  readonly socket: string;
}

/** Reads the environment. Throws `invalid_params` when something that has no default is missing. */
export function readConfig(env: Readonly<Record<string, string | undefined>>): Config {
  const root = env['JANGADA_HOME'] ?? '';
  const installId = env['JANGADA_INSTALL_ID'] ?? '';
  if (!root.startsWith('/')) {
    throw new PlatformError(
      'invalid_params',
      'JANGADA_HOME must be an absolute path. Start the agent with "jangada up".',
    );
  }
  if (!/^[0-9a-f]{12}$/.test(installId)) {
    throw new PlatformError(
      'invalid_params',
      'JANGADA_INSTALL_ID must be twelve hex digits. Start the agent with "jangada up".',
    );
  }
  const home = homeLayout(root);
  return {
    home,
    installId,
    dockerSocket: env['DOCKER_SOCKET'] || '/var/run/docker.sock',
    publicPorts: [env['JANGADA_HTTP_PORT'], env['JANGADA_HTTPS_PORT']]
      .map((port) => Number(port ?? 0))
      .filter((port) => port > 0),
    socket: socketsOf(home).agent,
  };
}
