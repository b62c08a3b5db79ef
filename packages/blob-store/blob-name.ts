import { join } from 'node:path';
import type { Digest } from '@jangada/core';
import { PlatformError } from '@jangada/platform-api';

const DIGEST = /^sha256:[0-9a-f]{64}$/;
const FILE_NAME = /^sha256-[0-9a-f]{64}$/;

/**
 * Path of a blob's file in the store's folder: `sha256-<hex>`. For processes that read what another process stores. Throws
 * `invalid_params` when the text is not a digest.
 */
export function blobPath(folder: string, digest: Digest): string {
  if (DIGEST.test(digest)) return join(folder, digest.replace(':', '-'));
  throw new PlatformError('invalid_params', `"${digest}" is not a digest: it must be sha256: and 64 hex digits.`);
}

/** The digest that a file is named by, or null when it is not a blob's file. */
export function digestOfFile(name: string): Digest | null {
  return FILE_NAME.test(name) ? name.replace('-', ':') : null;
}
