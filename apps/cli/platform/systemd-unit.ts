import { keptVariables, OUTSIDE_VARIABLES, SETTING_VARIABLES, type Settings } from '@jangada/core';
import type { CliConfig } from '../config.ts';
import { platformEnvironment } from './start-platform.ts';

const DEFAULT_HOME = '/var/lib/jangada';

/** One unit an installation, so that several live side by side. */
export function unitName(settings: Pick<Settings, 'installId'>): string {
  return `jangada-${settings.installId}.service`;
}

/**
 * The unit that runs the supervisor. Anybody may read it: what of the installing shell is kept is in the file that it names
 * (`environmentText`), and settings are in `settings.json`. `KillMode=process`: a stop asks the supervisor, which ends its
 * processes in order; dynos' containers belong to the engine and go on. It waits for the disk of the home and is started anew
 * without end, so that a slow boot leaves no machine without its platform.
 */
export function unitText(config: CliConfig, argv: readonly string[]): string {
  const { root, processLogs, unitEnvironment } = config.home;
  const environment = Object.entries({ ...platformEnvironment(config), HOME: '/root' });
  const name = root === DEFAULT_HOME ? 'Jangada' : `Jangada in ${root}`;
  return `[Unit]
Description=${literal(name)}
Wants=network-online.target docker.service
After=network-online.target docker.service
RequiresMountsFor=${quoted(root)}
StartLimitIntervalSec=0

[Service]
Type=exec
${environment.map(([key, value]) => `Environment=${quoted(`${key}=${value}`)}`).join('\n')}
EnvironmentFile=-${literal(unitEnvironment)}
ExecStart=${argv.map((word) => quoted(word).replaceAll('$', '$$$$')).join(' ')}
WorkingDirectory=/
KillMode=process
Restart=always
RestartSec=1
TimeoutStopSec=90
StandardOutput=append:${literal(processLogs)}/supervisor.log
StandardError=append:${literal(processLogs)}/supervisor.log

[Install]
WantedBy=multi-user.target
`;
}

/** What the platform keeps of a shell's environment beside its settings: its ways to the outside and further `JANGADA_…`. */
export function environmentOf(config: Pick<CliConfig, 'env'>): Readonly<Record<string, string>> {
  const held = ['JANGADA_HOME', ...SETTING_VARIABLES];
  return Object.fromEntries(
    Object.entries(keptVariables(config.env, OUTSIDE_VARIABLES)).filter(([name]) => !held.includes(name)),
  );
}

/** A file for `EnvironmentFile=`: in double quotes a backslash takes the meaning from `"`, `\`, `$` and a backtick (systemd.exec(5)). */
export function environmentText(environment: Readonly<Record<string, string>>): string {
  return Object.entries(environment)
    .map(([name, value]) => `${name}="${value.replaceAll(/["\\$`]/g, '\\$&')}"\n`)
    .join('');
}

/** Reads what `environmentText` wrote. */
export function readEnvironment(text: string): Readonly<Record<string, string>> {
  const lines = text.matchAll(/^(\w+)="((?:[^"\\]|\\.)*)"$/gm);
  return Object.fromEntries([...lines].map(([, name = '', value = '']) => [name, value.replaceAll(/\\(.)/g, '$1')]));
}

/** The environment in a unit as it was written before there was `EnvironmentFile`. */
export function environmentOfUnit(text: string): Readonly<Record<string, string>> {
  const lines = text.matchAll(/^Environment="(\w+)=((?:[^"\\]|\\.)*)"$/gm);
  const plain = (value: string): string => value.replaceAll(/\\(.)/g, '$1').replaceAll('%%', '%').replaceAll('$$', '$');
  return Object.fromEntries([...lines].map(([, name = '', value = '']) => [name, plain(value)]));
}

/** A word in a unit file. */
function quoted(text: string): string {
  return `"${literal(text.replaceAll('\\', '\\\\').replaceAll('"', '\\"'))}"`;
}

/** Text in which systemd replaces nothing. */
function literal(text: string): string {
  return text.replaceAll('%', '%%');
}
