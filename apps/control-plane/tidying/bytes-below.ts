import { lstat, readdir } from 'node:fs/promises';
import { join } from 'node:path';

/** Bytes of all files below a path, or of the file that it is; 0 when it is gone. */
export async function bytesBelow(path: string): Promise<number> {
  const info = await lstat(path).catch(() => null);
  if (!info?.isDirectory()) return info?.size ?? 0;
  let bytes = 0;
  for (const name of await readdir(path).catch(() => [])) bytes += await bytesBelow(join(path, name));
  return bytes;
}
