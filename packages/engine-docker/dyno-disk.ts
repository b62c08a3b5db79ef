import { execFile } from 'node:child_process';
import { chmod, chown, mkdir, open, readFile, stat, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { PlatformError } from '@jangada/platform-api';

const run = promisify(execFile);

/** Bytes of the disk that stand for one file or folder: bounds how many a dyno can make. */
const BYTES_PER_INODE = 16_384;

/** The file system of one dyno, below its own folder: as large as its size allows, so that a full one is full for it alone. */
export interface DynoDisk {
  /** Where it is mounted. */
  readonly point: string;
  /** The sparse file that holds it: takes as much of the machine's disk as was written. */
  readonly image: string;
}

export function diskOf(folder: string): DynoDisk {
  return { point: join(folder, 'disk'), image: join(folder, 'disk.img') };
}

/**
 * Makes an ext4 file system of `bytes` in a sparse file (decision 0050), with the folders that are at its mount point, and
 * mounts it over them: whoever looks there sees them before and after. It has no journal and no write barriers: it never
 * outlives the dyno, and a dyno that calls `fsync` all the time cannot hold up the machine's disk.
 */
export async function makeDisk(folder: string, bytes: number): Promise<DynoDisk> {
  const disk = diskOf(folder);
  await mkdir(disk.point, { recursive: true, mode: 0o755 });
  const file = await open(disk.image, 'w', 0o600);
  await file.truncate(bytes).finally(() => file.close());
  const features = ['-O', '^has_journal,^resize_inode', '-E', `nodiscard,lazy_itable_init=1,root_owner=0:0`];
  const sizes = ['-m', '0', '-b', '4096', '-i', String(BYTES_PER_INODE)];
  try {
    await run('mkfs.ext4', ['-q', '-F', ...features, ...sizes, '-d', disk.point, disk.image]);
    const options = 'loop,nodev,nosuid,noatime,discard,nobarrier,noinit_itable';
    await run('mount', ['-t', 'ext4', '-o', options, disk.image, disk.point]);
  } catch (error) {
    const { bavail, bsize } = await statfs(folder);
    if (bavail * bsize < bytes / 1_000) {
      const message = 'The disk of this machine is full. Remove what is no longer needed and try again.';
      throw new PlatformError('disk_full', message, { cause: error });
    }
    const message = 'No file system could be made for a dyno on this machine. See "bin/jangada doctor".';
    throw new PlatformError('engine_unavailable', message, { cause: error });
  }
  return disk;
}

/** Makes a folder for the disk that is to be made, of the dyno's user `uid`. */
export async function folderFor(disk: DynoDisk, name: string, uid: number): Promise<void> {
  const path = join(disk.point, name);
  await mkdir(path, { recursive: true, mode: 0o755 });
  await chown(path, uid, uid);
}

/** The same of a folder in which everybody may make files, and only their owners remove them. */
export async function sharedFolderFor(disk: DynoDisk, name: string, uid: number): Promise<void> {
  await folderFor(disk, name, uid);
  await chmod(join(disk.point, name), 0o1777);
}

/** Unmounts the disk of a dyno that has ended; one that is not mounted is left as it is. */
export async function unmountDisk(folder: string): Promise<void> {
  await unmount(diskOf(folder).point);
}

/** Nothing where nothing is mounted. Lazily: a container that runs, or is being removed, keeps what it has. */
export async function unmount(point: string): Promise<void> {
  if (!(await isMounted(point))) return;
  await run('umount', ['-l', point]).catch(async (error) => {
    // Somebody else was faster.
    if (await isMounted(point)) throw error;
  });
}

/** Bytes that the dyno has on its disk; null when it has none. */
export async function usedOf(folder: string): Promise<number | null> {
  const { point } = diskOf(folder);
  const [own, above] = await Promise.all([stat(point), stat(folder)]).catch(() => []);
  if (own === undefined || above === undefined || own.dev === above.dev) return null;
  const { blocks, bfree, bsize } = await statfs(point);
  return (blocks - bfree) * bsize;
}

/** Whether something is mounted exactly there. */
export async function isMounted(point: string): Promise<boolean> {
  const escaped = point.replace(/[ \t\n\\]/g, (char) => `\\${char.charCodeAt(0).toString(8).padStart(3, '0')}`);
  const table = await readFile('/proc/self/mountinfo', 'utf8');
  return table.split('\n').some((line) => line.split(' ')[4] === escaped);
}
