import type { Command } from '../command.ts';
import { hasUnit, systemdHere } from '../platform/installed-unit.ts';
import { stopPlatform } from '../platform/stop-platform.ts';
import { loadSettings } from '../setup/identity.ts';

export const down: Command = {
  name: 'down',
  usage: '',
  summary: 'Stop the platform and its dynos; all data stays',
  help: `Stops the processes, dynos, networks and mounts of this installation. Apps, releases, databases and settings
stay, and "jangada up" starts them again, or systemd with the machine after "jangada install". The container engine
and other installations are not touched.`,
  async run(_args, { config, print, progress }) {
    const settings = await loadSettings(config.home);
    await stopPlatform(config, settings, (doing) => progress(`  ${doing}\n`));
    print('Jangada is stopped. Its data stays in the same place; "bin/jangada up" starts it again.');
    if (await hasUnit(settings, systemdHere(config.env))) {
      print('systemd starts it with the machine, too; "bin/jangada uninstall" ends that.');
    }
    return 0;
  },
};
