import type { Clock, Digest, Ids, Rows, Store } from '@jangada/core';
import { isPlatformError } from '@jangada/platform-api';

export interface Parts {
  readonly store: Store;
  readonly clock: Pick<Clock, 'now'>;
  readonly ids: Ids;
}

/** Whether the app has this blob: content that only another app has is not there for it. */
export async function hasBlob(rows: Rows, appId: string, digest: Digest): Promise<boolean> {
  return (await rows.imageBlobs.find({ appId, digest })) !== null;
}

/** The blob is the app's too from now on. */
export async function linkBlob({ store, clock, ids }: Parts, appId: string, digest: Digest): Promise<void> {
  const row = { id: ids.uuid(), appId, digest, createdAt: clock.now() };
  await store.rows.imageBlobs.insert(row).catch((error: unknown) => {
    if (!isPlatformError(error, 'conflict')) throw error;
  });
}
