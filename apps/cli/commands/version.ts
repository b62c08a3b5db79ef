import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Command } from '../command.ts';

export const version: Command = {
  name: 'version',
  usage: '',
  summary: 'Versions of Jangada and of the Node that runs it',
  help: 'Prints one line.',
  async run(_args, { config, print }) {
    const { version: own } = JSON.parse(await readFile(join(config.root, 'package.json'), 'utf8')) as {
      version: string;
    };
    print(`jangada/${own} ${process.platform}-${process.arch} node-${process.version}`);
    return 0;
  },
};
