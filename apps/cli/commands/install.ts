import { rm } from 'node:fs/promises';
import { PlatformError } from '@jangada/platform-api';
import type { Command } from '../command.ts';
import { stopProcesses, systemdHere, tellSystemd, unitPath, writeUnit } from '../platform/installed-unit.ts';
import { unitName } from '../platform/systemd-unit.ts';
import { hasSystemd } from '../setup/engine.ts';
import { loadSettings } from '../setup/identity.ts';

export const install: Command = {
  name: 'install',
  usage: '',
  summary: 'Let systemd start the platform with the machine',
  help: `Writes a systemd unit for this installation, enables it and hands the running platform over to it. Dynos and
requests are not interrupted. Needs a machine with systemd and an installation ("jangada up").

Proxies, certificates and further JANGADA_ variables of this shell are kept in JANGADA_HOME/unit.env. "jangada up" adds
those of its shell when it starts the platform; "jangada install" begins with an empty file.`,
  async run(_args, { config, print }) {
    const settings = await loadSettings(config.home);
    await needSystemd();
    const systemd = systemdHere(config.env);
    await rm(config.home.unitEnvironment, { force: true });
    await writeUnit(config, settings, systemd);
    await stopProcesses(config.home, settings, systemd, { handOver: true });
    await tellSystemd(systemd, 'enable', '--now', unitName(settings));
    print(`${unitName(settings)} runs now and at every start of the machine.`);
    return 0;
  },
};

export const uninstall: Command = {
  name: 'uninstall',
  usage: '',
  summary: 'Undo "install"; the platform stops, data stays',
  help: 'Stops and removes the systemd unit of this installation. "jangada up" starts the platform without it.',
  async run(_args, { config, print }) {
    const settings = await loadSettings(config.home);
    await needSystemd();
    const systemd = systemdHere(config.env);
    await tellSystemd(systemd, 'disable', '--now', unitName(settings));
    for (const file of [unitPath(settings, systemd), config.home.unitEnvironment]) await rm(file, { force: true });
    await tellSystemd(systemd, 'daemon-reload');
    print(`${unitName(settings)} is removed.`);
    return 0;
  },
};

async function needSystemd(): Promise<void> {
  if (await hasSystemd()) return;
  throw new PlatformError(
    'invalid_params',
    'This machine does not run systemd, so there is nothing to install into. Start the platform with "bin/jangada up", for example from the script that starts the machine.',
  );
}
