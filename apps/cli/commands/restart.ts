import { PlatformError } from '@jangada/platform-api';
import type { Command } from '../command.ts';
import { restartProcess } from '../platform/supervisor-client.ts';

export const restart: Command = {
  name: 'restart',
  usage: 'PROCESS',
  summary: 'Start one process of the platform anew; dynos go on',
  help: 'Processes: postgres, node-agent, router, control-plane.',
  async run([name], { config, print }) {
    if (!name)
      throw new PlatformError('invalid_params', 'Say which process: postgres, node-agent, router or control-plane.');
    if (!(await restartProcess(config.home, name))) {
      throw new PlatformError('engine_unavailable', 'Jangada is not running. Start it with "bin/jangada up".');
    }
    print(`${name} is started anew.`);
    return 0;
  },
};
