import { join } from 'node:path';
import type { Digest } from '@jangada/core';

/** The file of a slug below `home.blobs`, as the blob store of the control plane names it. */
export function slugFile(blobs: string, digest: Digest): string {
  return join(blobs, digest.replace(':', '-'));
}
