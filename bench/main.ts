import { cpus } from 'node:os';
import { startInstallation } from '../e2e/harness/installation.ts';
import { buildRows } from './builds.ts';
import { dynoStart } from './dyno-start.ts';
import { idleApps } from './idle-apps.ts';
import { formatTable, type Row } from './measure.ts';
import { pushWithDependencies, pushWithoutDependencies } from './push.ts';
import { routerRows } from './router.ts';
import { idleMemory, secondStart } from './start.ts';
import { wakes } from './wake.ts';

/** Starts an installation of its own, measures, prints the table, and stops it. Exit status 0 whether or not targets are met. */
const platform = await startInstallation();
const rows: Row[] = [];
const add = (...more: readonly Row[]): void => {
  rows.push(...more);
  for (const row of more) process.stderr.write(`${row.name}: ${row.measured} ${row.relation} (${row.target})\n`);
};
try {
  add(await pushWithoutDependencies(platform));
  add(await pushWithDependencies(platform));
  add(await dynoStart(platform));
  add(...(await wakes(platform)));
  add(await secondStart(platform));
  add(...(await idleMemory(platform)));
  add(...(await buildRows(platform)));
  add(...(await idleApps(platform)));
  add(...(await routerRows()));
} finally {
  await platform.remove();
}
process.stdout.write(
  `${cpus().length} × ${cpus()[0]?.model ?? 'unknown processor'}, medians\n\n${formatTable(rows)}\n`,
);
