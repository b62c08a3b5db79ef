import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { BuildError } from './build-error.ts';

const REQUESTS = '/opt/jangada/runtime-requests';
const ANSWERS = '/opt/jangada/runtime-answers';
/** Shared runtimes: here during a build, and at the same place in a running dyno. */
export const SHARED = '/app/.jangada';

/** A runtime of the platform's shelf, read-only. Its places are the same in builds and in dynos. */
export interface Runtime {
  /** Folder below `/app/.jangada`. */
  readonly name: string;
  readonly runtime: string;
  /** `3.13.5` */
  readonly version: string;
  /** Made of the stack's Debian packages, or the operator's own tree. */
  readonly origin: 'stack' | 'operator';
  /** Where `bin` is. */
  readonly prefix: string;
  /** What LD_LIBRARY_PATH has to name. */
  readonly libraries: string;
}

/**
 * Asks the platform for a runtime, for example `python`, within a range in the form of semver (null: the default). The platform
 * may take a while to make it and says so in the build's output. Throws BuildError with its sentence when there is none.
 */
export async function requestRuntime(runtime: string, range: string | null): Promise<Runtime> {
  return (await ask({ runtime, range })) as Runtime;
}

/** Asks one question of the platform's desk. Throws BuildError with the platform's sentence when the answer is no. */
export async function ask(question: Readonly<Record<string, unknown>>): Promise<unknown> {
  if (!existsSync(REQUESTS)) {
    throw new BuildError('This buildpack runs on Jangada only. Use the official one by its git URL elsewhere.');
  }
  const file = `${nextNumber()}.json`;
  writeFileSync(join(REQUESTS, 'draft'), JSON.stringify(question));
  renameSync(join(REQUESTS, 'draft'), join(REQUESTS, file));
  const answer = join(ANSWERS, file);
  while (!existsSync(answer)) await sleep(3);
  const result = JSON.parse(readFileSync(answer, 'utf8')) as object;
  if ('error' in result) throw new BuildError(String(result.error));
  return result;
}

/** Asks the platform to put the runtime into the slug, and links `place` in the app (`.heroku/ruby`) to its folder with `bin`. */
export function linkRuntime(appFolder: string, runtime: Runtime, place: string): void {
  linkTree(appFolder, runtime.name);
  const path = join(appFolder, place);
  mkdirSync(dirname(path), { recursive: true });
  rmSync(path, { recursive: true, force: true });
  symlinkSync(runtime.prefix, path);
}

/** The link in `.jangada` that the platform replaces by the tree itself. */
export function linkTree(appFolder: string, name: string): void {
  mkdirSync(join(appFolder, '.jangada'), { recursive: true });
  rmSync(join(appFolder, '.jangada', name), { recursive: true, force: true });
  symlinkSync(join(SHARED, name), join(appFolder, '.jangada', name));
}

/** Buildpacks before this one have asked too. */
function nextNumber(): number {
  const numbers = readdirSync(REQUESTS).map((name) => Number.parseInt(name, 10));
  return Math.max(-1, ...numbers.filter((number) => !Number.isNaN(number))) + 1;
}
