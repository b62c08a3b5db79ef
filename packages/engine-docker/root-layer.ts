import { execFile } from 'node:child_process';
import { mkdir, readlink, symlink } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { type DynoDisk, unmount } from './dyno-disk.ts';

const run = promisify(execFile);

/** Link in the dyno's folder to the engine's folder of its container: what is to be given back, also by a later agent. */
const LINK = 'layer';

/**
 * Moves the writable root of an app's own image onto the dyno's disk, so that it is bounded like everything else a dyno writes
 * (decision 0050). `upper` is the upper folder of Docker's `overlay2`, below the container's folder with its neighbours; that
 * folder is copied, which is a few bytes before the start, and mounted over.
 */
export async function layOnDisk(folder: string, disk: DynoDisk, upper: string): Promise<void> {
  if (basename(upper) !== 'diff') throw new Error(`The engine keeps a container's files in an unknown way: ${upper}.`);
  const theirs = dirname(upper);
  const ours = join(disk.point, 'layer');
  await mkdir(ours, { mode: 0o710 });
  await run('cp', ['-a', `${theirs}/.`, ours]);
  await symlink(theirs, join(folder, LINK));
  await run('mount', ['--bind', ours, theirs]);
}

/** Uncovers the engine's folder; nothing where there is none to uncover. */
export async function takeOffDisk(folder: string): Promise<void> {
  const theirs = await readlink(join(folder, LINK)).catch(() => null);
  if (theirs !== null) await unmount(theirs);
}
