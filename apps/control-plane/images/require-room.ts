import { statfs } from 'node:fs/promises';
import { PlatformError } from '@jangada/platform-api';
import type { Context } from '../context.ts';

/** Bytes that must be free for an image, as for a build. */
const MINIMUM_FREE = 2 * 1024 ** 3;

/** Throws `disk_full` when there is no room for an image. `size`: bytes that it will take, when they are known. */
export async function requireRoom({ home }: Context, size = 0): Promise<void> {
  const { bavail, bsize } = await statfs(home.root);
  if (bavail * bsize >= MINIMUM_FREE + size) return;
  throw new PlatformError(
    'disk_full',
    'The platform has too little disk space for images. The operator has to make room.',
  );
}
