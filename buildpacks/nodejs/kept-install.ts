import { createHash } from 'node:crypto';
import { existsSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { detail } from '../kit/output.ts';
import type { Build } from './install.ts';
import { installsLoosely } from './manager-commands.ts';

/**
 * What `npm ci` made is the same whenever the lockfile is, so the next build may take it as it was: one archive that nothing
 * changes, and the key that says what it was made of. Only where an install does nothing but unpack packages.
 */
const ARCHIVE = 'node_modules.tar';
const KEY = 'node_modules.key';

/** Scripts of the app that `npm ci` runs. */
const LIFE_CYCLE = ['preinstall', 'install', 'postinstall', 'prepublish', 'preprepare', 'prepare', 'postprepare'];

interface LockedPackage {
  readonly link?: boolean;
  readonly hasInstallScript?: boolean;
  readonly os?: readonly string[];
  readonly resolved?: string;
}

/** The key of this build's `node_modules`; null when an install has to be made: it may do more than the lockfile says. */
export function installKey({ app, manager, manifest, env }: Build, signature: string): string | null {
  const read = (name: string): string => (existsSync(join(app, name)) ? readFileSync(join(app, name), 'utf8') : '');
  if (manager.name !== 'npm' || manager.lockfile === null || installsLoosely(manager, env)) return null;
  if (env['NODE_MODULES_CACHE'] === 'false' || manifest.cacheDirectories.length > 0) return null;
  if (existsSync(join(app, 'node_modules')) || LIFE_CYCLE.some((name) => name in manifest.scripts)) return null;
  const lock = read(manager.lockfile);
  if (!unpacksOnly(lock)) return null;
  const { scripts: _, ...own } = JSON.parse(read('package.json')) as Readonly<Record<string, unknown>>;
  const settings = Object.entries(env).filter(([name]) => name === 'NODE_ENV' || /^npm_config_/i.test(name));
  const parts = [signature, JSON.stringify(own), lock, read('.npmrc'), JSON.stringify(settings.sort())];
  return createHash('sha256').update(parts.join('\0')).digest('hex');
}

/** Whether every package of a lockfile comes from a registry and has nothing to run, on this system. */
export function unpacksOnly(lock: string): boolean {
  let packages: Readonly<Record<string, LockedPackage>> | undefined;
  try {
    ({ packages } = JSON.parse(lock) as { readonly packages?: Readonly<Record<string, LockedPackage>> });
  } catch {
    return false;
  }
  if (packages === undefined) return false;
  const { '': _, ...others } = packages;
  return Object.values(others).every(
    ({ link, hasInstallScript, os, resolved }) =>
      link !== true && /^https?:/.test(resolved ?? 'https:') && (hasInstallScript !== true || !runsHere(os)),
  );
}

/** True when `node_modules` is what an install would make. */
export async function restoreInstall({ app, cache, commands }: Build, key: string): Promise<boolean> {
  const [archive, keyFile] = [join(cache, ARCHIVE), join(cache, KEY)];
  if (!existsSync(archive) || !existsSync(keyFile) || readFileSync(keyFile, 'utf8') !== key) return false;
  try {
    await commands.run(['tar', '-xf', archive, '-C', app]);
    return true;
  } catch {
    detail('What the last build kept cannot be read; installing anew.');
    for (const path of [archive, keyFile, join(app, 'node_modules')]) rmSync(path, { recursive: true, force: true });
    return false;
  }
}

/** For the next build. Nothing is kept half. */
export async function keepInstall({ app, cache, commands }: Build, key: string): Promise<void> {
  const [archive, keyFile] = [join(cache, ARCHIVE), join(cache, KEY)];
  rmSync(keyFile, { force: true });
  try {
    await commands.run(['tar', '-cf', `${archive}.draft`, '-C', app, 'node_modules']);
    renameSync(`${archive}.draft`, archive);
    writeFileSync(keyFile, key);
  } catch {
    for (const path of [archive, `${archive}.draft`]) rmSync(path, { force: true });
  }
}

export function forgetInstall(cache: string): void {
  for (const name of [KEY, ARCHIVE]) rmSync(join(cache, name), { force: true });
}

function runsHere(os: readonly string[] | undefined): boolean {
  if (os === undefined) return true;
  return os.some((name) => name === process.platform) || os.every((name) => name.startsWith('!'));
}
