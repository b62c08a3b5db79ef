import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Config vars that would break the build itself. */
const NOT_TAKEN = /^(PATH|GIT_DIR|CPATH|CPPATH|LD_PRELOAD|LIBRARY_PATH|LANG|BUILD_DIR)$/;

/** The app's config vars, one file each (builds 1.1), without those that a build must not take over. */
export function readConfigVars(envFolder: string): Readonly<Record<string, string>> {
  const names = readdirSync(envFolder).filter((name) => !NOT_TAKEN.test(name));
  return Object.fromEntries(names.map((name) => [name, readFileSync(join(envFolder, name), 'utf8')]));
}

/** What the build container gave to this process, without what is ours alone. */
export function inheritedEnvironment(
  env: Readonly<Record<string, string | undefined>>,
): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(env).filter(
      // The app's scripts keep no compiled code in our cache.
      (entry): entry is [string, string] => entry[1] !== undefined && entry[0] !== 'NODE_COMPILE_CACHE',
    ),
  );
}
