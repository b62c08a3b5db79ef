import { mkdirSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
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
