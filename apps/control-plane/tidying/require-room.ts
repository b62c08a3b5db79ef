import { PlatformError } from '@jangada/platform-api';
import type { Context } from '../context.ts';

/** Bytes that must be free to begin to store something, as for a build; half of that is kept from what is under way. */
const MINIMUM_FREE = 2 * 1024 ** 3;

/**
 * Throws `disk_full` when there is no room to store `what` (`images`). `size`: bytes that it will take, when they are known.
 */
export async function requireRoom(context: Context, what: string, size = 0): Promise<void> {
  await requireFree(context, what, MINIMUM_FREE + size);
}

/** As `requireRoom`, for what is being stored: so that what runs keeps its room when many bytes come at once. */
export async function requireRoomStill(context: Context, what: string): Promise<void> {
  await requireFree(context, what, MINIMUM_FREE / 2);
}

async function requireFree({ freeBytes }: Context, what: string, minimum: number): Promise<void> {
  if ((await freeBytes()) >= minimum) return;
  throw new PlatformError(
    'disk_full',
    `The platform has too little disk space for ${what}. The operator has to make room.`,
  );
}
