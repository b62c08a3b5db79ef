import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Home, Settings } from '@jangada/core';
import { PlatformError } from '@jangada/platform-api';
import type { CliConfig } from '../config.ts';
import { type Ended, runProgram } from '../process/run-program.ts';
import { hasSystemd } from '../setup/engine.ts';
import { replaceFile } from '../setup/identity.ts';
import { supervisorArguments } from './start-platform.ts';
import { announceHandOver, stopSupervisor } from './supervisor-client.ts';
import {
  environmentOf,
  environmentOfUnit,
  environmentText,
  readEnvironment,
  unitName,
  unitText,
} from './systemd-unit.ts';

/** systemd as far as an installation needs it. */
export interface Systemd {
  /** Folder of the operator's units. */
  readonly units: string;
  /** Whether it runs this machine. */
  runs(): Promise<boolean>;
  systemctl(...args: string[]): Promise<Ended>;
}

/** The systemd of this machine. `signal` ends what it is asked for. */
export function systemdHere(env: Readonly<Record<string, string | undefined>>, signal?: AbortSignal): Systemd {
  return {
    units: '/etc/systemd/system',
    runs: hasSystemd,
    systemctl: (...args) => runProgram(['systemctl', ...args], { env, signal }),
  };
}

export function unitPath(settings: Pick<Settings, 'installId'>, { units }: Pick<Systemd, 'units'>): string {
  return join(units, unitName(settings));
}

/** Whether systemd runs this installation ("jangada install"). */
export async function hasUnit(settings: Pick<Settings, 'installId'>, systemd: Systemd): Promise<boolean> {
  return existsSync(unitPath(settings, systemd)) && (await systemd.runs());
}

/**
 * Ends the supervisor and the processes it keeps, whoever started it; HAProxy goes on when it is handed over to a supervisor that
 * follows at once. systemd is told first: it would start a supervisor anew that ends by itself. The unit stays enabled. Throws
 * when systemd refuses.
 */
export async function stopProcesses(
  home: Home,
  settings: Settings,
  systemd: Systemd,
  { handOver }: { readonly handOver: boolean },
): Promise<void> {
  await announceHandOver(home, handOver);
  if (await hasUnit(settings, systemd)) await tellSystemd(systemd, 'stop', unitName(settings));
  await stopSupervisor(home);
}

/**
 * Writes the unit and its environment as this checkout and this shell want them; systemd hears of a unit that has changed.
 * Variables of an earlier shell that this one does not have stay.
 */
export async function writeUnit(config: CliConfig, settings: Settings, systemd: Systemd): Promise<void> {
  const { unitEnvironment } = config.home;
  const path = unitPath(settings, systemd);
  const before = await readFile(path, 'utf8').catch(() => null);
  const kept = await readFile(unitEnvironment, 'utf8').then(readEnvironment, () =>
    environmentOf({ env: environmentOfUnit(before ?? '') }),
  );
  await replaceFile(unitEnvironment, environmentText({ ...kept, ...environmentOf(config) }));
  const text = unitText(config, [process.execPath, ...supervisorArguments(config.root)]);
  if (before === text) return;
  await writeFile(path, text);
  await tellSystemd(systemd, 'daemon-reload');
}

/** Throws with systemd's last words when it refuses. */
export async function tellSystemd(systemd: Systemd, ...args: string[]): Promise<void> {
  const ended = await systemd.systemctl(...args);
  if (ended.code === 0) return;
  throw new PlatformError(
    'internal_server_error',
    `systemctl ${args.join(' ')} failed: ${ended.output.split('\n').at(-1)}`,
  );
}
