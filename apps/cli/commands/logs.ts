import { open, readdir, readFile, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { PlatformError } from '@jangada/platform-api';
import type { Command } from '../command.ts';

const POLL_MS = 300;

export const logs: Command = {
  name: 'logs',
  usage: '[PROCESS] [-n LINES] [-f]',
  summary: "The platform's own logs (apps' logs: heroku logs)",
  help: `Prints the last lines that the platform's processes wrote: supervisor, postgres, node-agent, router,
control-plane, and of set-ups (up, stack, dockerd).

  -n, --lines  lines of each process (default 20)
  -f, --follow go on until Ctrl-C`,
  async run(args, { config, print }) {
    const { values, positionals } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        lines: { type: 'string', short: 'n', default: '20' },
        follow: { type: 'boolean', short: 'f', default: false },
      },
    });
    const folder = config.home.processLogs;
    const names = (await readdir(folder).catch(() => []))
      .filter((name) => name.endsWith('.log'))
      .map((name) => basename(name, '.log'));
    const [wanted] = positionals;
    if (wanted !== undefined && !names.includes(wanted)) {
      throw new PlatformError(
        'not_found',
        `There is no log of "${wanted}". Choose one of: ${names.join(', ') || 'none yet'}.`,
      );
    }
    const shown = wanted === undefined ? names : [wanted];
    const width = Math.max(0, ...shown.map((name) => name.length));
    const show = (name: string, text: string): void => {
      for (const line of text.split('\n')) if (line !== '') print(`${name.padEnd(width)} | ${line}`);
    };
    const offsets = new Map<string, number>();
    for (const name of shown) {
      const text = await readFile(join(folder, `${name}.log`), 'utf8');
      offsets.set(name, Buffer.byteLength(text));
      show(name, text.trimEnd().split('\n').slice(-Number(values.lines)).join('\n'));
    }
    while (values.follow) {
      await delay(POLL_MS);
      for (const name of shown) {
        const { text, next } = await newText(join(folder, `${name}.log`), offsets.get(name) ?? 0);
        offsets.set(name, next);
        show(name, text);
      }
    }
    return 0;
  },
};

/** Whole lines after an offset. A file that became shorter was put aside: it is read from its beginning. */
async function newText(path: string, offset: number): Promise<{ text: string; next: number }> {
  const { size } = await stat(path);
  const from = size < offset ? 0 : offset;
  if (size === from) return { text: '', next: from };
  await using file = await open(path, 'r');
  const { buffer } = await file.read(Buffer.alloc(size - from), 0, size - from, from);
  const end = buffer.lastIndexOf(10) + 1;
  return { text: buffer.toString('utf8', 0, end), next: from + end };
}
