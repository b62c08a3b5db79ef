import { existsSync, mkdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { BuildError } from '../kit/build-error.ts';
import { ask, linkTree, SHARED } from '../kit/runtime.ts';

/** A Node.js of the platform's shelf. */
export interface Runtime {
  readonly name: string;
  readonly node: string;
  readonly npm: string | null;
}

/** Asks the platform for the Node.js that fits the range. Throws BuildError with the platform's sentence when there is none. */
export async function requestNode(range: string | null, wide: boolean): Promise<Runtime> {
  return (await ask({ runtime: 'node', range, wide })) as Runtime;
}

/**
 * The folder with the C headers of a Node.js, for node-gyp; null when they are not to be had, which matters only when something
 * is compiled.
 */
export async function headersFor(runtime: Runtime): Promise<string | null> {
  try {
    const answer = (await ask({ runtime: 'node-headers', range: runtime.node })) as { readonly name: string };
    return join(SHARED, answer.name);
  } catch (error) {
    if (error instanceof BuildError) return null;
    throw error;
  }
}

/** Whether an install may compile something: only npm's lockfile tells which packages have scripts of their own. */
export function mayCompile(appFolder: string, lockfile: string | null): boolean {
  if (existsSync(join(appFolder, 'binding.gyp'))) return true;
  const text = readFileSync(join(appFolder, lockfile ?? 'package.json'), 'utf8');
  if (lockfile === null) return /ependencies"/.test(text);
  return !lockfile.endsWith('.json') || /"hasInstallScript": ?true|"lockfileVersion": ?1\b/.test(text);
}

/** Puts the runtime where Heroku has it, `.heroku/node`, without copying 120 MB. */
export function linkNode(appFolder: string, runtime: Runtime): void {
  linkTree(appFolder, runtime.name);
  mkdirSync(join(appFolder, '.heroku'), { recursive: true });
  rmSync(join(appFolder, '.heroku', 'node'), { recursive: true, force: true });
  symlinkSync(`../.jangada/${runtime.name}`, join(appFolder, '.heroku', 'node'));
}

/** Whether a version that the runtime brings is within a range; npm's own rules for ranges are used. */
export async function satisfies(runtime: Runtime, version: string, range: string): Promise<boolean> {
  const rules = join(SHARED, runtime.name, 'lib/node_modules/npm/node_modules/semver/index.js');
  const semver = (await import(rules)) as { default: { satisfies(version: string, range: string): boolean } };
  return semver.default.satisfies(version, range);
}
