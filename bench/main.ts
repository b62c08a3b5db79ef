import { cpus } from 'node:os';
import { type Installation, startInstallation } from '../e2e/harness/installation.ts';
import { buildRows } from './builds.ts';
import { dynoStart } from './dyno-start.ts';
import { idleApps } from './idle-apps.ts';
import { formatTable, type Row } from './measure.ts';
import { pushWithDependencies, pushWithoutDependencies } from './push.ts';
import { routerRows } from './router.ts';
import { idleMemory, secondStart } from './start.ts';
import { wakes } from './wake.ts';

/**
 * Starts an installation of its own, measures, prints the table, and stops it. Exit status 0 whether or not targets are met.
 * With arguments only those parts: `npm run bench -- wakes router`.
 */
const parts: Readonly<Record<string, (platform: Installation) => Promise<readonly Row[]>>> = {
  push: async (platform) => [await pushWithoutDependencies(platform), await pushWithDependencies(platform)],
  dyno: async (platform) => [await dynoStart(platform)],
  wakes,
  start: async (platform) => [await secondStart(platform), ...(await idleMemory(platform))],
  builds: buildRows,
  idle: idleApps,
  router: () => routerRows(),
};
const chosen = process.argv.slice(2);
const unknown = chosen.filter((part) => !Object.hasOwn(parts, part));
if (unknown.length > 0) {
  throw new Error(`There is no part called ${unknown.join(', ')}. There are ${Object.keys(parts).join(', ')}.`);
}
const platform = await startInstallation();
const rows: Row[] = [];
try {
  for (const [part, measure] of Object.entries(parts)) {
    if (chosen.length > 0 && !chosen.includes(part)) continue;
    for (const row of await measure(platform)) {
      rows.push(row);
      process.stderr.write(`${row.name}: ${row.measured} ${row.relation} (${row.target})\n`);
    }
  }
} finally {
  await platform.remove();
}
process.stdout.write(
  `${cpus().length} × ${cpus()[0]?.model ?? 'unknown processor'}, medians\n\n${formatTable(rows)}\n`,
);
