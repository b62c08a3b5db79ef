import { chmod, mkdir, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Digest, type DynoSpec, type HostMount, SLUG_UID } from '@jangada/core';
import { groupWith, type ImageAccounts, passwdWith } from './accounts.ts';
import type { AppMount, DynoFolders } from './container-spec.ts';
import type { DockerApi } from './docker-api.ts';
import {
  type DynoDisk,
  diskOf,
  folderFor,
  makeDisk,
  sharedFolderFor,
  unmount,
  unmountDisk,
  usedOf,
} from './dyno-disk.ts';
import type { DynoUsers } from './dyno-users.ts';
import { mountAs } from './idmapped-mount.ts';
import { volumesOf } from './image-volumes.ts';
import { layOnDisk, takeOffDisk } from './root-layer.ts';
import type { SlugMounts } from './slug-mounts.ts';

const REMOVED = '.removed-';

/** Folder of a dyno where its slug is mounted as its user's. */
const OWN_SLUG = 'slug';

/** Files of a dyno that is about to start: a container can be made of them before they are ready, and only started afterwards. */
export interface PreparedFiles {
  readonly folders: DynoFolders;
  /** Disk and slug are mounted. Throws `disk_full`. Somebody must wait for it before the files are removed. */
  readonly ready: Promise<void>;
}

/** What a dyno has on the machine's disk: a bounded file system with its writable layer or its empty `/app`, and `/tmp`. Gone when it is stopped. */
export interface DynoFiles {
  /**
   * Finds a user for it, mounts the slug and begins with its disk and folders (owned by that user). Throws `slug_not_found`; what
   * comes later fails in `ready`.
   */
  prepare(spec: Pick<DynoSpec, 'dynoId' | 'slug' | 'limits' | 'root' | 'image' | 'user'>): Promise<PreparedFiles>;
  /** Moves the writable layer of a container that is made and not started, `upper`, onto the dyno's disk. */
  holdLayer(dynoId: string, upper: string): Promise<void>;
  /** Gives the engine its folder back, so that it can remove the container. */
  releaseLayer(dynoId: string): Promise<void>;
  /** Bytes that the dyno has written and not deleted; null without a disk. */
  used(dynoId: string): Promise<number | null>;
  /** Lets go of slugs that no dyno uses and that are deleted. */
  tidy(): Promise<void>;
  /** Forgets the dyno's folders at once and deletes them in the background, then frees its user; lets go of its slug. */
  remove(dynoId: string): Promise<void>;
  /** After a restart: removes what belongs to no dyno of these, by dyno id. */
  reconcile(dynos: ReadonlyMap<string, KeptDyno>): Promise<void>;
  /** Resolves when nothing is being deleted any more. */
  settled(): Promise<void>;
}

/** What a dyno that was started before goes on having. */
export interface KeptDyno {
  readonly slug: Digest | null;
  readonly uid: number;
}

export interface DynoFileOptions {
  readonly folder: string;
  readonly api: Pick<DockerApi, 'call'>;
  readonly mounts: SlugMounts;
  readonly users: DynoUsers;
  readonly accountsOf: (image: string) => Promise<ImageAccounts>;
}

export function createDynoFiles({ folder, api, mounts, users, accountsOf }: DynoFileOptions): DynoFiles {
  const deleting = new Set<Promise<void>>();
  const uids = new Map<string, number>();

  const deleteLater = (path: string, after: () => void = () => undefined): void => {
    const work = unmountAll(path)
      .then(() => rm(path, { recursive: true, force: true }))
      .then(after)
      .catch(() => undefined)
      .finally(() => deleting.delete(work));
    deleting.add(work);
  };

  const discard = async (dynoId: string): Promise<void> => {
    await takeOffDisk(join(folder, dynoId));
    await unmountAll(join(folder, dynoId));
    const uid = uids.get(dynoId);
    uids.delete(dynoId);
    const free = (): void => {
      if (uid !== undefined) users.release(uid);
    };
    const removed = join(folder, `${REMOVED}${dynoId}-${performance.now()}`);
    const moved = await rename(join(folder, dynoId), removed).then(
      () => true,
      () => false,
    );
    if (moved) deleteLater(removed, free);
    else free();
  };

  return {
    async prepare({ dynoId, slug, limits, root, image, user }) {
      const own = join(folder, dynoId);
      const uid = user === 'builder' ? SLUG_UID : users.take();
      uids.set(dynoId, uid);
      // The engine mounts what is in it as root. Whoever gets out of a container finds nothing behind this door.
      await mkdir(own, { recursive: true, mode: 0o700 });
      const accounts = uid === SLUG_UID ? [] : await writeAccounts(own, uid, root, await accountsOf(image));
      const lower = slug === null ? null : await mounts.acquire(slug, dynoId);
      const disk = diskOf(own);
      const ownSlug = lower === null || uid === SLUG_UID ? lower : join(own, OWN_SLUG);
      const app = root === 'image' ? { kind: 'none' as const } : appOn(disk, ownSlug);
      // The engine wants to see what it is to mount already when it makes the container.
      await makeFolders(disk, app, uid);
      const volumes = root === 'image' ? await makeVolumes(disk, await volumesOf(api, image), uid) : [];
      const ready = bothEnded(
        makeDisk(own, limits.diskBytes),
        lower !== null && lower !== ownSlug ? mountSlugAs(lower, ownSlug!, uid) : null,
      );
      return { folders: { app, tmp: join(disk.point, 'tmp'), volumes, uid, accounts }, ready };
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
      uids.clear();
      for (const [dynoId, { uid }] of dynos) {
        uids.set(dynoId, uid);
        users.hold(uid);
      }
      await mkdir(folder, { recursive: true, mode: 0o711 });
      for (const name of await readdir(folder)) {
        if (name.startsWith(REMOVED)) deleteLater(join(folder, name));
        else if (!dynos.has(name)) await discard(name);
      }
      const slugs = [...dynos].flatMap(([dynoId, { slug }]) => (slug === null ? [] : [[dynoId, slug] as const]));
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

async function makeFolders(disk: DynoDisk, app: AppMount, uid: number): Promise<void> {
  // The upper folder's owner is that of `/app` itself; files of the slug belong to whom its mount says.
  const names = { overlay: ['upper', 'work'], directory: ['app'], none: [] }[app.kind];
  for (const name of names) await folderFor(disk, name, uid);
  await sharedFolderFor(disk, 'tmp', uid);
}

async function makeVolumes(disk: DynoDisk, paths: readonly string[], uid: number): Promise<readonly HostMount[]> {
  const volumes = paths.map((target, index) => ({ name: `volume-${index}`, target }));
  for (const { name } of volumes) await folderFor(disk, name, uid);
  return volumes.map(({ name, target }) => ({ source: join(disk.point, name), target, readonly: false }));
}

async function mountSlugAs(lower: string, point: string, uid: number): Promise<void> {
  await mkdir(point, { mode: 0o700 });
  await mountAs(lower, point, uid);
}

/** When one fails the folder is removed, and nothing may be mounted in it afterwards: the other is waited for too. */
async function bothEnded(...works: readonly (Promise<unknown> | null)[]): Promise<void> {
  const failed = (await Promise.allSettled(works)).find(({ status }) => status === 'rejected');
  if (failed?.status === 'rejected') throw failed.reason;
}

/** Where the dyno cannot write them, beside its disk. */
async function writeAccounts(
  own: string,
  uid: number,
  root: DynoSpec['root'],
  { passwd, group }: ImageAccounts,
): Promise<readonly HostMount[]> {
  const shell = root === 'image' ? '/bin/sh' : '/bin/bash';
  const files = [
    { name: 'passwd', text: passwd === null ? null : passwdWith(passwd, uid, shell) },
    { name: 'group', text: group === null ? null : groupWith(group, uid) },
  ];
  const mounts: HostMount[] = [];
  for (const { name, text } of files) {
    if (text === null) continue;
    const source = join(own, name);
    await writeFile(source, text);
    // Whatever the umask of this process is.
    await chmod(source, 0o644);
    mounts.push({ source, target: `/etc/${name}`, readonly: true });
  }
  return mounts;
}

async function unmountAll(own: string): Promise<void> {
  await unmount(join(own, OWN_SLUG));
  await unmountDisk(own);
}
