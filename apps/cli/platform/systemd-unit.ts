import { keptVariables, OUTSIDE_VARIABLES, type Settings } from '@jangada/core';
import type { CliConfig } from '../config.ts';
import { platformEnvironment } from './start-platform.ts';

const DEFAULT_HOME = '/var/lib/jangada';

/** One unit an installation, so that several live side by side. */
export function unitName(settings: Pick<Settings, 'installId'>): string {
  return `jangada-${settings.installId}.service`;
}

/**
 * The unit that runs the supervisor, with the settings of the installing shell and its ways to the outside. `KillMode=process`: a stop asks the supervisor, which ends its processes in order;
 * dynos' containers belong to the engine and go on.
 */
export function unitText(config: CliConfig, argv: readonly string[]): string {
  const environment = Object.entries({
    ...keptVariables(config.env, OUTSIDE_VARIABLES),
    ...platformEnvironment(config),
    HOME: '/root',
  });
  const name = config.home.root === DEFAULT_HOME ? 'Jangada' : `Jangada in ${config.home.root}`;
  return `[Unit]
Description=${name}
Wants=network-online.target docker.service
After=network-online.target docker.service

[Service]
Type=exec
${environment.map(([key, value]) => `Environment=${quoteUnit(`${key}=${value}`)}`).join('\n')}
ExecStart=${argv.map(quoteUnit).join(' ')}
WorkingDirectory=/
KillMode=process
Restart=always
RestartSec=1
TimeoutStopSec=90
StandardOutput=append:${config.home.processLogs}/supervisor.log
StandardError=append:${config.home.processLogs}/supervisor.log

[Install]
WantedBy=multi-user.target
`;
}

/** A word in a unit file: quoted, with systemd's own escapes. */
function quoteUnit(text: string): string {
  return `"${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('%', '%%').replaceAll('$', '$$$$')}"`;
}
