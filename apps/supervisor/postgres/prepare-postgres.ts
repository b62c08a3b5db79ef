import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { chmod, chown, constants, cp, mkdir, open, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Home } from '@jangada/core';
import { PlatformError } from '@jangada/platform-api';
import { assertNoneLost, markDatabase } from './database-mark.ts';
import { HBA, identMap, initdbArgv, type PostgresPlaces, singleUserArgv } from './postgres-plan.ts';

/** The unprivileged user under which the database runs: PostgreSQL refuses root. */
export interface SystemUser {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
}

/** Finds a user in /etc/passwd. Throws `not_found` with what to do. */
export async function findSystemUser(name: string): Promise<SystemUser> {
  const line = (await readFile('/etc/passwd', 'utf8')).split('\n').find((entry) => entry.startsWith(`${name}:`));
  const [, , uid, gid] = line?.split(':') ?? [];
  if (uid === undefined || gid === undefined) {
    throw new PlatformError('not_found', `The system user "${name}" is missing. Run "npm start", which makes it.`);
  }
  return { name, uid: Number(uid), gid: Number(gid) };
}

/**
 * Makes binaries, folders and, the first time, an empty database. Each appears under its final name only when it is
 * complete, so an interrupted first start is simply done again. Throws `store_unavailable` with what to do when the
 * installation had a database that is missing now.
 */
export async function preparePostgres(
  home: Home,
  places: PostgresPlaces,
  packaged: string,
  user: SystemUser,
): Promise<void> {
  await copyRuntime(packaged, places.runtime);
  await mkdir(places.socketFolder, { recursive: true });
  await chown(places.socketFolder, user.uid, user.gid);
  await chmod(places.socketFolder, 0o700);
  await assertPassable(places.data);
  if (!existsSync(join(places.data, 'PG_VERSION'))) {
    await assertNoneLost(home, places);
    await createDatabase(places, user);
  }
  await markDatabase(home, places.major);
}

async function copyRuntime(packaged: string, target: string): Promise<void> {
  if (existsSync(target)) return;
  const partial = `${target}.partial`;
  await rm(partial, { recursive: true, force: true });
  await mkdir(dirname(target), { recursive: true, mode: 0o755 });
  await cp(packaged, partial, { recursive: true, verbatimSymlinks: true, mode: constants.COPYFILE_FICLONE });
  await rename(partial, target);
}

async function createDatabase(places: PostgresPlaces, user: SystemUser): Promise<void> {
  const folder = dirname(places.data);
  const fresh = `${places.data}.new`;
  await rm(fresh, { recursive: true, force: true });
  await mkdir(fresh, { recursive: true, mode: 0o700 });
  await chown(folder, user.uid, user.gid);
  await chown(fresh, user.uid, user.gid);
  await runAs(user, initdbArgv(places, fresh), '');
  await runAs(user, singleUserArgv(places, fresh), 'CREATE DATABASE jangada;\n');
  await writeFile(join(fresh, 'pg_hba.conf'), HBA);
  await writeFile(join(fresh, 'pg_ident.conf'), identMap(user.name));
  await rename(fresh, places.data);
  await flushNames(folder);
}

/** The mark that there is a database must not outlive a power cut that the database's own name did not. */
async function flushNames(folder: string): Promise<void> {
  await using opened = await open(folder, 'r');
  await opened.sync();
}

async function runAs(user: SystemUser, argv: readonly [string, ...string[]], input: string): Promise<void> {
  const [program, ...args] = argv;
  const child = spawn(program, args, {
    uid: user.uid,
    gid: user.gid,
    cwd: '/',
    env: { PATH: '/usr/bin:/bin', LC_ALL: 'C', TZ: 'UTC' },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
  }
  child.stdin.on('error', () => {}).end(input);
  const [code] = (await once(child, 'close')) as [number | null];
  if (code !== 0 || /^\S+ (ERROR|FATAL):/m.test(output)) {
    const reason = output.trim().split('\n').at(-1) ?? '';
    throw new PlatformError('store_unavailable', `The database could not be made (${reason}). Is the disk full?`);
  }
}

/** The database's user has to pass through every folder above its data. */
async function assertPassable(path: string): Promise<void> {
  for (let folder = dirname(dirname(path)); ; folder = dirname(folder)) {
    const { mode } = await stat(folder);
    if ((mode & 0o001) === 0) {
      throw new PlatformError(
        'store_unavailable',
        `The embedded database cannot reach its files: ${folder} is closed to other users. Choose a JANGADA_HOME outside of it (the default is /var/lib/jangada), or allow passing with "chmod o+x ${folder}".`,
      );
    }
    if (folder === '/') return;
  }
}
