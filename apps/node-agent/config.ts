import { DEFAULT_DYNO_UIDS, type Home, homeLayout, readDynoUids, socketsOf, type UidRange } from '@jangada/core';
import { PlatformError } from '@jangada/platform-api';

export interface Config {
  readonly home: Home;
  /** `JANGADA_INSTALL_ID`: twelve hex digits. */
  readonly installId: string;
  /** `DOCKER_SOCKET`, default `/var/run/docker.sock`. */
  readonly dockerSocket: string;
  /** `JANGADA_HTTP_PORT`, `JANGADA_HTTPS_PORT`: dynos may reach them on this machine. */
  readonly publicPorts: readonly number[];
  /** `JANGADA_DYNO_UIDS`: user ids that dynos get; null: they share one. */
  readonly dynoUids: UidRange | null;
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
    dynoUids: env['JANGADA_DYNO_UIDS'] ? readDynoUids(env['JANGADA_DYNO_UIDS']) : DEFAULT_DYNO_UIDS,
    socket: socketsOf(home).agent,
  };
}
