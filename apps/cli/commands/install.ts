import { rm, writeFile } from 'node:fs/promises';
import { PlatformError } from '@jangada/platform-api';
import type { Command, CommandContext } from '../command.ts';
import { supervisorArguments } from '../platform/start-platform.ts';
import { stopSupervisor } from '../platform/supervisor-client.ts';
import { unitName, unitPath, unitText } from '../platform/systemd-unit.ts';
import { runProgram } from '../process/run-program.ts';
import { hasSystemd } from '../setup/engine.ts';
import { loadSettings } from '../setup/identity.ts';

export const install: Command = {
  name: 'install',
  usage: '',
  summary: 'Let systemd start the platform with the machine',
  help: `Writes a systemd unit for this installation, enables it and hands the running platform over to it. Dynos are
not interrupted. Needs a machine with systemd and an installation ("jangada up").`,
  async run(_args, context) {
    const { config, print } = context;
    const settings = await loadSettings(config.home);
    await needSystemd();
    await writeFile(unitPath(settings), unitText(config, [process.execPath, ...supervisorArguments(config.root)]));
    await systemctl(context, 'daemon-reload');
    await stopSupervisor(config.home);
    await systemctl(context, 'enable', '--now', unitName(settings));
    print(`${unitName(settings)} runs now and at every start of the machine.`);
    return 0;
  },
};

export const uninstall: Command = {
  name: 'uninstall',
  usage: '',
  summary: 'Undo "install"; the platform stops, data stays',
  help: 'Stops and removes the systemd unit of this installation. "jangada up" starts the platform without it.',
  async run(_args, context) {
    const { config, print } = context;
    const settings = await loadSettings(config.home);
    await needSystemd();
    await systemctl(context, 'disable', '--now', unitName(settings));
    await rm(unitPath(settings), { force: true });
    await systemctl(context, 'daemon-reload');
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

async function systemctl({ config }: CommandContext, ...args: string[]): Promise<void> {
  const ended = await runProgram(['systemctl', ...args], { env: config.env });
  if (ended.code !== 0) {
    throw new PlatformError(
      'internal_server_error',
      `systemctl ${args.join(' ')} failed: ${ended.output.split('\n').at(-1)}`,
    );
  }
}
