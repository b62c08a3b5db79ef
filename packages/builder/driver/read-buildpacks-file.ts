/**
 * Reads the `.buildpacks` file of the tree given as the first argument and prints what the driver's list of buildpacks would
 * be, one a line; the second argument is the plan's list of known names. Runs inside the build container, where the core's
 * pure build rules are mounted. A line that cannot be read ends it with status 1 and a sentence.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { BuildpackNames, planBuildpacksFile } from '@jangada/core';

const RULES = '/opt/jangada/core/buildpack-fetch.ts';
const [root, known] = process.argv.slice(2) as [string, string];
const rules = (await import(pathToFileURL(RULES).href)) as { planBuildpacksFile: typeof planBuildpacksFile };
const names = JSON.parse(readFileSync(known, 'utf8')) as BuildpackNames;
try {
  const lines = rules.planBuildpacksFile(readFileSync(join(root, '.buildpacks'), 'utf8'), names);
  process.stdout.write(lines.map((line) => `${line}\n`).join(''));
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : error}\n`);
  process.exitCode = 1;
}
