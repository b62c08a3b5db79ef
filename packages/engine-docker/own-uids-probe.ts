import { execFile } from 'node:child_process';
import { mkdir, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { SLUG_UID } from '@jangada/core';
import { diskOf, folderFor, makeDisk, unmount } from './dyno-disk.ts';
import { mountAs } from './idmapped-mount.ts';

const run = promisify(execFile);

const DISK_BYTES = 4 * 1024 * 1024;
const OWNER = ['-force-uid', String(SLUG_UID), '-force-gid', String(SLUG_UID)];

/**
 * Tries what a dyno with a user id of its own needs, on a slug, a disk and an overlay like a dyno's: what counts is not the
 * kernel's version but whether it does it. Null when it works, otherwise why not. `folder` is made and removed, with whatever
 * an earlier try left in it.
 */
export async function probeOwnUids(folder: string, uid: number): Promise<string | null> {
  const at = (name: string): string => join(folder, name);
  const clean = async (): Promise<void> => {
    for (const point of [at('app'), at('mapped'), at('slug'), diskOf(folder).point]) await unmount(point);
    await rm(folder, { recursive: true, force: true });
  };
  try {
    await clean();
    for (const name of ['tree', 'slug', 'mapped', 'app']) await mkdir(at(name), { recursive: true, mode: 0o700 });
    await writeFile(at('tree/file'), 'a slug');
    await run('mksquashfs', [at('tree'), at('slug.squashfs'), ...OWNER, '-quiet', '-no-progress']);
    await run('mount', ['-t', 'squashfs', '-o', 'loop,ro,nodev,nosuid', at('slug.squashfs'), at('slug')]);
    await mountAs(at('slug'), at('mapped'), uid);
    const disk = diskOf(folder);
    for (const name of ['upper', 'work']) await folderFor(disk, name, uid);
    await makeDisk(folder, DISK_BYTES);
    const upper = join(disk.point, 'upper');
    const layers = `lowerdir=${at('mapped')},upperdir=${upper},workdir=${join(disk.point, 'work')}`;
    await run('mount', ['-t', 'overlay', '-o', layers, 'overlay', at('app')]);
    const { uid: below } = await stat(at('app/file'));
    // Written to, the file is copied up, and must go on being the dyno's.
    await writeFile(at('app/file'), 'changed');
    const { uid: above } = await stat(join(upper, 'file'));
    return below === uid && above === uid ? null : `Files belong to ${below} and ${above} instead of ${uid}.`;
  } catch (error) {
    const { stderr } = error as { stderr?: string };
    return stderr?.trim() || (error instanceof Error ? error.message : String(error));
  } finally {
    await clean().catch(() => undefined);
  }
}
