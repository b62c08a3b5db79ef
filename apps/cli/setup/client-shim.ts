import { chmod, mkdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { CliConfig } from '../config.ts';
import { herokuArgv } from '../platform/client-environment.ts';
import { shellQuote } from '../process/shell-quote.ts';

/** Leaves `heroku` and `jangada` in the folder that `jangada env` puts first on PATH. */
export async function writeShims(config: CliConfig): Promise<void> {
  const { bin } = config.home;
  await mkdir(bin, { recursive: true, mode: 0o755 });
  await writeShim(join(bin, 'heroku'), herokuArgv(config.root));
  await writeShim(join(bin, 'jangada'), [join(config.root, 'bin', 'jangada')]);
}

async function writeShim(path: string, argv: readonly string[]): Promise<void> {
  const partial = `${path}.${process.pid}.partial`;
  await writeFile(partial, `#!/bin/sh\nexec ${argv.map(shellQuote).join(' ')} "$@"\n`);
  await chmod(partial, 0o755);
  await rename(partial, path);
}
