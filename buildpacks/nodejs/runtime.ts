import { existsSync, mkdirSync, readFileSync, renameSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { BuildError } from './build-error.ts';

const REQUESTS = '/opt/jangada/runtime-requests';
const ANSWERS = '/opt/jangada/runtime-answers';
/** Shared runtimes: here during a build, and at the same place in a running dyno. */
const SHARED = '/app/.jangada';

/** A Node.js of the platform's shelf. */
export interface Runtime {
  readonly name: string;
  readonly node: string;
  readonly npm: string | null;
}

/** Asks the platform for the Node.js that fits the range. Throws BuildError with the platform's sentence when there is none. */
export async function requestNode(range: string | null, wide: boolean): Promise<Runtime> {
  if (!existsSync(REQUESTS))
    throw new BuildError('This buildpack runs on Jangada only. Use heroku/nodejs by its git URL elsewhere.');
  writeFileSync(join(REQUESTS, 'draft'), JSON.stringify({ runtime: 'node', range, wide }));
  renameSync(join(REQUESTS, 'draft'), join(REQUESTS, '0.json'));
  const answer = join(ANSWERS, '0.json');
  while (!existsSync(answer)) await sleep(3);
  const runtime = JSON.parse(readFileSync(answer, 'utf8')) as Runtime | { readonly error: string };
  if ('error' in runtime) throw new BuildError(runtime.error);
  return runtime;
}

/**
 * Puts the runtime where Heroku has it, `.heroku/node`, without copying 120 MB: a link to the shared tree, and a link in
 * `.jangada` that asks the platform to put that tree into the slug.
 */
export function linkNode(appFolder: string, runtime: Runtime): void {
  mkdirSync(join(appFolder, '.jangada'), { recursive: true });
  mkdirSync(join(appFolder, '.heroku'), { recursive: true });
  symlinkSync(join(SHARED, runtime.name), join(appFolder, '.jangada', runtime.name));
  symlinkSync(`../.jangada/${runtime.name}`, join(appFolder, '.heroku', 'node'));
}

/** Whether a version that the runtime brings is within a range; npm's own rules for ranges are used. */
export async function satisfies(runtime: Runtime, version: string, range: string): Promise<boolean> {
  const rules = join(SHARED, runtime.name, 'lib/node_modules/npm/node_modules/semver/index.js');
  const semver = (await import(rules)) as { default: { satisfies(version: string, range: string): boolean } };
  return semver.default.satisfies(version, range);
}
