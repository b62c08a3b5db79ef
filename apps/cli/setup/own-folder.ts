import { existsSync } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { relative } from 'node:path';
import { assertUsableHome, type Home } from '@jangada/core';
import { PlatformError } from '@jangada/platform-api';

/** Beside what a home's layout names: files of single owners, and what a disk that is mounted there brings. */
const FURTHER_NAMES = ['account.json', 'first-app.json', 'runtime', 'lost+found'];

/** Everybody may write, and only owners delete: such as /tmp. */
const STICKY = 0o1000;

/**
 * Throws `invalid_params` when `home` cannot be a home, or when its folder is somebody else's: the set-up closes it to other
 * users. An empty folder is nobody's, and one that an interrupted set-up has left is ours.
 */
export async function assertOwnFolder(home: Home): Promise<void> {
  assertUsableHome(home.root);
  const found = await stat(home.root).catch(() => null);
  if (!found?.isDirectory() || existsSync(home.settings)) return;
  const known = ourNames(home);
  const foreign = (await readdir(home.root)).find((name) => !known.has(name.replace(/\.\d+\.partial$/, '')));
  if (foreign === undefined && (found.mode & STICKY) === 0) return;
  const why = foreign === undefined ? 'is open to everybody' : `has files of others, such as "${foreign}"`;
  throw new PlatformError(
    'invalid_params',
    `JANGADA_HOME must be a folder of its own, and "${home.root}" ${why}. Choose a new or an empty one, for example JANGADA_HOME=${home.root}/jangada.`,
  );
}

function ourNames(home: Home): ReadonlySet<string> {
  const { root, ...places } = home;
  const names = Object.values(places).map((path: string) => relative(root, path).split('/')[0] ?? '');
  return new Set([...names, ...FURTHER_NAMES]);
}
