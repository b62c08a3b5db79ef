import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { SLUG_UID } from '@jangada/core';

const run = promisify(execFile);

const PROGRAM = join(import.meta.dirname, 'idmapped-mount.pl');

/** Number of the `unshare` call by processor (asm/unistd.h). */
const UNSHARE: Readonly<Partial<Record<NodeJS.Architecture, number>>> = { x64: 272, arm64: 97 };

const WORK_MS = 10_000;

/**
 * Mounts what is mounted at `source`, a slug, once more at the folder `target`. There its files belong to `uid`, user and
 * group; what is on the slug stays as it is. Throws what the kernel says when it cannot: before Linux 6.2 for squashfs.
 */
export async function mountAs(source: string, target: string, uid: number): Promise<void> {
  const unshare = UNSHARE[process.arch];
  if (unshare === undefined) throw new Error(`Mappings of user ids are not known for ${process.arch}.`);
  await run('perl', [PROGRAM, source, target, String(SLUG_UID), String(uid), String(unshare)], { timeout: WORK_MS });
}
