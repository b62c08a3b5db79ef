import { copyFile, lstat, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { RUNTIMES_IN_APP } from './container-paths.ts';
import type { RuntimeShelf } from './runtimes/runtime-shelf.ts';
import type { PackSquashfs } from './runtimes/squashfs.ts';

/**
 * Packs an app tree into `file`. Shared runtimes that the tree names are not packed again: the slug begins as a copy of their
 * image, and the tree is added to it. The container that wrote the tree must be gone. Returns bytes.
 */
export async function packSlug(
  tree: string,
  file: string,
  { shelf, pack }: { readonly shelf: RuntimeShelf; readonly pack: PackSquashfs },
  signal: AbortSignal,
): Promise<number> {
  const runtimes = await usedRuntimes(tree, shelf);
  if (runtimes.length > 0) await copyFile(await shelf.image(runtimes), file);
  await pack(tree, file, runtimes.length > 0 ? [RUNTIMES_IN_APP] : [], signal);
  return (await stat(file)).size;
}

/** Names in the tree's runtimes folder, when all of them are links to runtimes on the shelf; otherwise it is the app's own. */
async function usedRuntimes(tree: string, shelf: RuntimeShelf): Promise<readonly string[]> {
  const folder = join(tree, RUNTIMES_IN_APP);
  const info = await lstat(folder).catch(() => null);
  if (!info?.isDirectory()) return [];
  const entries = await readdir(folder, { withFileTypes: true });
  for (const entry of entries) {
    if (!entry.isSymbolicLink() || !(await shelf.has(entry.name))) return [];
  }
  return entries.map((entry) => entry.name);
}
