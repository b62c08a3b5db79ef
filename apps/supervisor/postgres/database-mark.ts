import { existsSync } from 'node:fs';
import { readdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Home } from '@jangada/core';
import { PlatformError } from '@jangada/platform-api';
import type { PostgresPlaces } from './postgres-plan.ts';

/** `database.json`: the major version of the database that was made. Null, written by the operator, allows a new one. */
interface Mark {
  readonly major: string | null;
}

/** Remembers outside of the data folder, which may be a volume, that there is a database. Called when it is complete. */
export async function markDatabase(home: Home, major: string): Promise<void> {
  if ((await readMark(home))?.major === major) return;
  const partial = `${home.database}.partial`;
  await writeFile(partial, `${JSON.stringify({ major } satisfies Mark)}\n`, { mode: 0o600 });
  await rename(partial, home.database);
}

/**
 * Asked before an empty database is made. Throws `store_unavailable` with what to do when this installation had one: the
 * platform would forget all accounts and apps.
 */
export async function assertNoneLost(home: Home, { major, data }: PostgresPlaces): Promise<void> {
  const mark = await readMark(home);
  if (mark?.major === null) return;
  const other = (await majorsBelow(home.postgres)).at(-1);
  if (other !== undefined && mark?.major !== major) {
    throw missing(
      home,
      `The database in ${join(home.postgres, other)} is of PostgreSQL ${other}, this is ${major}. Run the Jangada that made it, or bring it to ${data} with pg_upgrade.`,
    );
  }
  // Installations from before there was a mark are known by what only a database can name.
  if (mark === null && !(await hasBlobs(home.blobs))) return;
  const folder = join(home.postgres, mark?.major ?? major);
  throw missing(
    home,
    `The database is missing: ${folder} has none. If it is on a volume, mount that; otherwise restore it there from a backup.`,
  );
}

function missing(home: Home, sentence: string): PlatformError {
  const files = `${home.repos}, ${home.caches} and ${home.blobs}`;
  const anew = `To begin with an empty one, write {"major":null} into ${home.database} and move ${files} away.`;
  return new PlatformError('store_unavailable', `${sentence} ${anew}`);
}

/** A damaged mark still tells that there was a database, but not which. */
async function readMark(home: Home): Promise<{ readonly major: string | null | undefined } | null> {
  const text = await readFile(home.database, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return null;
    throw error;
  });
  if (text === null) return null;
  try {
    const { major } = JSON.parse(text) as Mark;
    return { major: major === null || /^\d+$/.test(major) ? major : undefined };
  } catch {
    return { major: undefined };
  }
}

/** Major versions that have a complete database here; what an interrupted first start left has another name. */
async function majorsBelow(folder: string): Promise<string[]> {
  const found: string[] = [];
  for (const name of await namesIn(folder)) {
    if (/^\d+$/.test(name) && existsSync(join(folder, name, 'PG_VERSION'))) found.push(name);
  }
  return found.sort();
}

async function hasBlobs(folder: string): Promise<boolean> {
  return (await namesIn(folder)).some((name) => name.startsWith('sha256-'));
}

async function namesIn(folder: string): Promise<string[]> {
  return readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    throw error;
  });
}
