import { SLUG_UID, type UidRange } from '@jangada/core';
import type { Report } from './network.ts';
import { probeOwnUids } from './own-uids-probe.ts';
import { reservedUids } from './reserved-uids.ts';
import { UidPool } from './uid-pool.ts';

/** As whom dynos run: each as a user of the machine's of its own, or all as `SLUG_UID` where that cannot be. */
export interface DynoUsers {
  /**
   * Finds out which it is, before the first dyno is started or taken over. `others`: ids of dynos of other installations.
   * Reports `dynos.shared-uid` when the machine cannot.
   */
  open(others: readonly number[]): Promise<void>;
  /** An id for one dyno, until it is released. Throws `engine_unavailable` when none is left. */
  take(): number;
  /** A dyno has this id already. */
  hold(uid: number): void;
  release(uid: number): void;
}

export interface DynoUserOptions {
  readonly installId: string;
  /** Null: nobody wants it. */
  readonly range: UidRange | null;
  /** Where the ability is tried out; does not exist otherwise. */
  readonly probeFolder: string;
  readonly report: Report;
}

export function createDynoUsers({ installId, range, probeFolder, report }: DynoUserOptions): DynoUsers {
  let pool: UidPool | null = null;
  let opened = false;
  return {
    async open(others) {
      if (range === null) return;
      if (!opened) {
        opened = true;
        const obstacle = await probeOwnUids(probeFolder, range.last);
        if (obstacle === null) pool = new UidPool(range, installId, await reservedUids(), Math.random());
        else report('dynos.shared-uid', { reason: obstacle });
      }
      pool?.avoid(others);
    },
    take: () => pool?.take() ?? SLUG_UID,
    hold: (uid) => pool?.hold(uid),
    release: (uid) => pool?.release(uid),
  };
}
