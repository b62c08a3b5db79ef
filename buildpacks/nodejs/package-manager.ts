import { BuildError } from '../kit/build-error.ts';
import type { Manifest } from './manifest.ts';
import type { YarnSettings } from './yarn.ts';

export type ManagerName = 'npm' | 'yarn' | 'berry' | 'pnpm';

/** Which program installs the app's packages. */
export interface PackageManager {
  /** `berry` is Yarn 2 and later. */
  readonly name: ManagerName;
  /** npm specifier that provides the program; null for the npm that comes with the runtime, or one the app brings itself. */
  readonly specifier: string | null;
  /** How it is called: `npm`, `yarn`, `pnpm`, or `node <yarnPath>`. */
  readonly program: readonly string[];
  readonly lockfile: string | null;
}

const LOCKFILES: readonly (readonly [string, ManagerName])[] = [
  ['npm-shrinkwrap.json', 'npm'],
  ['package-lock.json', 'npm'],
  ['yarn.lock', 'yarn'],
  ['pnpm-lock.yaml', 'pnpm'],
];

/**
 * Chooses by the lockfile, then by `packageManager`. `files`: names at the top of the app. Throws BuildError when lockfiles of
 * different managers are there.
 */
export function choosePackageManager(manifest: Manifest, files: readonly string[], yarn: YarnSettings): PackageManager {
  const locks = LOCKFILES.filter(([file]) => files.includes(file));
  const managers = new Set(locks.map(([, manager]) => manager));
  if (managers.size > 1) throw twoLockfiles(locks.map(([file]) => file));
  const lockfile = locks[0]?.[0] ?? null;
  const named = manifest.packageManager;
  const manager = locks[0]?.[1] ?? (named?.name === 'yarn' || named?.name === 'pnpm' ? named.name : 'npm');
  const version = (named?.name === manager ? named.version : undefined) ?? manifest.engines[manager];

  switch (manager) {
    case 'pnpm':
      return { name: 'pnpm', specifier: `pnpm@${version ?? '10'}`, program: ['pnpm'], lockfile };
    case 'yarn':
      return chooseYarn(version, yarn, lockfile);
    default:
      return { name: 'npm', specifier: version === undefined ? null : `npm@${version}`, program: ['npm'], lockfile };
  }
}

/** Yarn 1 and its successors are packages of different names; an app may also have its own as a file. */
function chooseYarn(version: string | undefined, yarn: YarnSettings, lockfile: string | null): PackageManager {
  if (yarn.path !== null) return { name: 'berry', specifier: null, program: ['node', yarn.path], lockfile };
  const modern = /^[^0-9]*[2-9]/.test(version ?? '1') || (version === undefined && yarn.lockfileMajor !== null);
  if (!modern && !(version === undefined && yarn.configured)) {
    return { name: 'yarn', specifier: `yarn@${version ?? '1'}`, program: ['yarn'], lockfile };
  }
  const wanted = version ?? yarn.lockfileMajor ?? '4';
  return { name: 'berry', specifier: `@yarnpkg/cli-dist@${wanted}`, program: ['yarn'], lockfile };
}

function twoLockfiles(names: readonly string[]): BuildError {
  return new BuildError(
    `Two different lockfiles found: ${names.join(' and ')}`,
    'Both say which versions to install, and they need not agree.',
    `Remove all but one of them and push again: git rm ${names.slice(1).join(' ')}`,
  );
}

/** The program's name in a shell. */
export function commandName({ name }: Pick<PackageManager, 'name'>): 'npm' | 'yarn' | 'pnpm' {
  return name === 'berry' ? 'yarn' : name;
}
