import { mkdir, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Digest, DynoSpec } from '@jangada/core';
import type { AppMount, DynoFolders } from './container-spec.ts';
import { type DynoDisk, diskOf, folderFor, makeDisk, sharedFolderFor, unmountDisk, usedOf } from './dyno-disk.ts';
import { layOnDisk, takeOffDisk } from './root-layer.ts';
import type { SlugMounts } from './slug-mounts.ts';

const REMOVED = '.removed-';

/** Files of a dyno that is about to start: a container can be made of them before they are ready, and only started afterwards. */
export interface PreparedFiles {
  readonly folders: DynoFolders;
  /** The disk is mounted. Throws `disk_full`. Somebody must wait for it before the files are removed. */
  readonly ready: Promise<void>;
}

/** What a dyno has on the machine's disk: a bounded file system with its writable layer or its empty `/app`, and `/tmp`. Gone when it is stopped. */
export interface DynoFiles {
  /**
   * Mounts the slug and begins with its disk and folders (owned by the dyno's user). Throws `slug_not_found`; what comes later
   * fails in `ready`.
   */
  prepare(spec: Pick<DynoSpec, 'dynoId' | 'slug' | 'limits' | 'root'>): Promise<PreparedFiles>;
  /** Moves the writable layer of a container that is made and not started, `upper`, onto the dyno's disk. */
  holdLayer(dynoId: string, upper: string): Promise<void>;
  /** Gives the engine its folder back, so that it can remove the container. */
  releaseLayer(dynoId: string): Promise<void>;
  /** Bytes that the dyno has written and not deleted; null without a disk. */
  used(dynoId: string): Promise<number | null>;
  /** Lets go of slugs that no dyno uses and that are deleted. */
  tidy(): Promise<void>;
  /** Forgets the dyno's folders at once and deletes them in the background; lets go of its slug. */
  remove(dynoId: string): Promise<void>;
  /** After a restart: removes what belongs to no dyno of these. Slugs by dyno id; null without one. */
  reconcile(dynos: ReadonlyMap<string, Digest | null>): Promise<void>;
  /** Resolves when nothing is being deleted any more. */
  settled(): Promise<void>;
}

export function createDynoFiles(folder: string, mounts: SlugMounts): DynoFiles {
  const deleting = new Set<Promise<void>>();

  const deleteLater = (path: string): void => {
    const work = unmountDisk(path)
      .then(() => rm(path, { recursive: true, force: true }))
      .catch(() => undefined)
      .finally(() => deleting.delete(work));
    deleting.add(work);
  };

  const discard = async (dynoId: string): Promise<void> => {
    await takeOffDisk(join(folder, dynoId));
    await unmountDisk(join(folder, dynoId));
    const removed = join(folder, `${REMOVED}${dynoId}-${performance.now()}`);
    const moved = await rename(join(folder, dynoId), removed).then(
      () => true,
      () => false,
    );
    if (moved) deleteLater(removed);
  };

  return {
    async prepare({ dynoId, slug, limits, root }) {
      const own = join(folder, dynoId);
      await mkdir(own, { recursive: true, mode: 0o755 });
      // One after the other: when the first fails the folder is removed, and nothing may be mounted in it afterwards.
      const lower = slug === null ? null : await mounts.acquire(slug, dynoId);
      const disk = diskOf(own);
      const app = root === 'image' ? { kind: 'none' as const } : appOn(disk, lower);
      // The engine wants to see what it is to mount already when it makes the container.
      await makeFolders(disk, app);
      const ready = makeDisk(own, limits.diskBytes).then(() => undefined);
      return { folders: { app, tmp: join(disk.point, 'tmp') }, ready };
    },

    holdLayer: (dynoId, upper) => layOnDisk(join(folder, dynoId), diskOf(join(folder, dynoId)), upper),
    releaseLayer: (dynoId) => takeOffDisk(join(folder, dynoId)),

    tidy: () => mounts.tidy(),

    used: (dynoId) => usedOf(join(folder, dynoId)),

    async remove(dynoId) {
      await discard(dynoId);
      await mounts.release(dynoId);
    },

    async reconcile(dynos) {
      await mkdir(folder, { recursive: true, mode: 0o711 });
      for (const name of await readdir(folder)) {
        if (name.startsWith(REMOVED)) deleteLater(join(folder, name));
        else if (!dynos.has(name)) await discard(name);
      }
      const slugs = [...dynos].flatMap(([dynoId, slug]) => (slug === null ? [] : [[dynoId, slug] as const]));
      await mounts.reconcile(new Map(slugs));
    },

    async settled() {
      await Promise.all(deleting);
    },
  };
}

function appOn({ point }: DynoDisk, lower: string | null): AppMount {
  if (lower === null) return { kind: 'directory', path: join(point, 'app') };
  return { kind: 'overlay', lower, upper: join(point, 'upper'), work: join(point, 'work') };
}

async function makeFolders(disk: DynoDisk, app: AppMount): Promise<void> {
  // The upper folder's owner is that of `/app` itself; files of the slug belong to whom the slug says.
  const names = { overlay: ['upper', 'work'], directory: ['app'], none: [] }[app.kind];
  for (const name of names) await folderFor(disk, name);
  await sharedFolderFor(disk, 'tmp');
}
