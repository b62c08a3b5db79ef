import { execFile } from 'node:child_process';
import { access, mkdir, readdir, rmdir } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Digest } from '@jangada/core';
import { PlatformError } from '@jangada/platform-api';
import { isMounted } from './dyno-disk.ts';

const run = promisify(execFile);

/** Mounts that stay although no dyno needs them: of so many slugs that were left last (decision 0075). */
const MOST_RESTING = 32;

/**
 * Loop mounts of slugs, one per digest and machine, read-only (engine 4.1). A slug that no dyno uses any more rests for a while:
 * the kernel forgets what it has unpacked of a file system with its mount, and unpacking Node.js anew takes as long as a start.
 */
export interface SlugMounts {
  /** The folder where the slug is mounted now. Throws `slug_not_found`. Taking it twice for one dyno counts once. */
  acquire(digest: Digest, dynoId: string): Promise<string>;
  /** The dyno needs its slug no more. The last one leaves it at rest, which ends the longest rest when there are too many. */
  release(dynoId: string): Promise<void>;
  /** Unmounts resting slugs whose file was deleted: the disk has its room back only then. */
  tidy(): Promise<void>;
  /** After a restart: counts these dynos (slug by dyno id) and no others, and unmounts what none of them uses. */
  reconcile(used: ReadonlyMap<string, Digest>): Promise<void>;
}

export interface SlugMountOptions {
  /** Where the mount points are made. */
  readonly folder: string;
  /** The squashfs file of a slug. */
  readonly slugFile: (digest: Digest) => string;
  /** Slugs that stay mounted although no dyno uses them. Default 32. */
  readonly mostResting?: number;
}

export function createSlugMounts(options: SlugMountOptions): SlugMounts {
  const { folder, slugFile, mostResting = MOST_RESTING } = options;
  const slugOf = new Map<string, Digest>();
  /** Mounted, used by no dyno; who rests longest first. */
  const resting = new Set<Digest>();
  let last: Promise<unknown> = Promise.resolve();
  // One at a time: mounting takes milliseconds, and counting and mounting must not interleave.
  const inOrder = <Result>(work: () => Promise<Result>): Promise<Result> => {
    const result = last.then(work);
    last = result.catch(() => undefined);
    return result;
  };
  const pointOf = (digest: Digest): string => join(folder, digest.slice('sha256:'.length));

  const mount = async (digest: Digest): Promise<string> => {
    const point = pointOf(digest);
    if (await isMounted(point)) return point;
    const file = slugFile(digest);
    await access(file).catch(() => {
      throw new PlatformError('slug_not_found', `The slug ${digest} is not on this machine. Deploy the app again.`);
    });
    await mkdir(point, { recursive: true });
    try {
      await run('mount', ['-t', 'squashfs', '-o', 'loop,ro,nodev,nosuid', file, point]);
    } catch (error) {
      await rmdir(point).catch(() => undefined);
      throw new PlatformError('slug_not_found', `The slug ${digest} could not be mounted. Deploy the app again.`, {
        cause: error,
      });
    }
    return point;
  };

  const unmount = async (point: string): Promise<void> => {
    // Overlays that still stand on it keep the file system alive by themselves.
    if (await isMounted(point)) await run('umount', ['-l', point]);
    await rmdir(point).catch(() => undefined);
  };

  const endRest = async (digest: Digest): Promise<void> => {
    resting.delete(digest);
    await unmount(pointOf(digest));
  };

  return {
    acquire: (digest, dynoId) =>
      inOrder(async () => {
        if (!/^sha256:[0-9a-f]{64}$/.test(digest)) {
          throw new PlatformError('slug_not_found', `"${digest}" does not name a slug.`);
        }
        const point = await mount(digest);
        slugOf.set(dynoId, digest);
        resting.delete(digest);
        return point;
      }),

    release: (dynoId) =>
      inOrder(async () => {
        const digest = slugOf.get(dynoId);
        if (!digest) return;
        slugOf.delete(dynoId);
        if ([...slugOf.values()].includes(digest)) return;
        resting.add(digest);
        for (const longest of [...resting].slice(0, Math.max(0, resting.size - mostResting))) await endRest(longest);
      }),

    tidy: () =>
      inOrder(async () => {
        for (const digest of [...resting]) {
          const isThere = await access(slugFile(digest)).then(
            () => true,
            () => false,
          );
          if (!isThere) await endRest(digest);
        }
      }),

    reconcile: (used) =>
      inOrder(async () => {
        slugOf.clear();
        resting.clear();
        for (const [dynoId, digest] of used) slugOf.set(dynoId, digest);
        const wanted = new Set([...slugOf.values()].map(pointOf));
        for (const name of await readdir(folder).catch(() => [])) {
          const point = join(folder, name);
          if (!wanted.has(point)) await unmount(point);
        }
        // A machine that was restarted has containers but no mounts any more.
        for (const digest of new Set(slugOf.values())) await mount(digest).catch(() => undefined);
      }),
  };
}
