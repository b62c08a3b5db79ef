import { chown, mkdir, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Digest, DynoSpec } from '@jangada/core';
import { type AppMount, DYNO_UID } from './container-spec.ts';
import type { SlugMounts } from './slug-mounts.ts';

const REMOVED = '.removed-';

/** What a dyno has on the machine's disk: its writable layer, or its empty `/app`. Gone when it is stopped. */
export interface DynoFiles {
  /** Makes the folders (owned by the dyno's user) and mounts the slug. Throws `slug_not_found`. */
  prepare(spec: Pick<DynoSpec, 'dynoId' | 'slug'>): Promise<AppMount>;
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
    const work = rm(path, { recursive: true, force: true })
      .catch(() => undefined)
      .finally(() => deleting.delete(work));
    deleting.add(work);
  };

  const discard = async (dynoId: string): Promise<void> => {
    const removed = join(folder, `${REMOVED}${dynoId}-${performance.now()}`);
    const moved = await rename(join(folder, dynoId), removed).then(
      () => true,
      () => false,
    );
    if (moved) deleteLater(removed);
  };

  return {
    async prepare({ dynoId, slug }) {
      const own = join(folder, dynoId);
      if (slug === null) {
        const path = join(own, 'app');
        await mkdir(path, { recursive: true, mode: 0o755 });
        await chown(path, DYNO_UID, DYNO_UID);
        return { kind: 'directory', path };
      }
      const lower = await mounts.acquire(slug, dynoId);
      const [upper, work] = [join(own, 'upper'), join(own, 'work')];
      await mkdir(upper, { recursive: true, mode: 0o755 });
      await mkdir(work, { recursive: true, mode: 0o755 });
      // The upper folder's owner is that of `/app` itself; files of the slug belong to whom the slug says.
      await chown(upper, DYNO_UID, DYNO_UID);
      return { kind: 'overlay', lower, upper, work };
    },

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
