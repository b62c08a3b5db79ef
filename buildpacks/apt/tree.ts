import { lstatSync, readdirSync, readFileSync, readlinkSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';

/**
 * Makes packages that were unpacked below `tree` usable there: links from the root of the file system lead to the same file
 * of the tree where it has one, and what pkg-config reads names the tree.
 */
export function settleTree(tree: string): void {
  for (const entry of readdirSync(tree, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    if (entry.isSymbolicLink()) relink(tree, path);
    else if (entry.isFile() && path.endsWith('.pc')) {
      const text = readFileSync(path, 'utf8');
      writeFileSync(
        path,
        text.replaceAll(/^prefix=\/usr/gm, () => `prefix=${tree}/usr`),
      );
    }
  }
}

function relink(tree: string, path: string): void {
  const target = readlinkSync(path);
  if (!target.startsWith('/') || lstatSync(join(tree, target), { throwIfNoEntry: false }) === undefined) return;
  rmSync(path);
  symlinkSync(relative(dirname(path), join(tree, target)), path);
}
