import { lstat, open, readdir, readFile, readlink, rm, symlink, writeFile } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import type { StackRuntimeLine } from '@jangada/core';

/** Of packages: what no program reads. */
const NOT_NEEDED = ['usr/share/man', 'usr/share/info', 'usr/share/lintian', 'usr/share/locale', 'var'];
const DOCUMENTATION = 'usr/share/doc';

/**
 * Makes a tree that was packaged for `/` work at `place`: links from the root of the file system lead to the same file of the
 * tree where it has one, and so do the first lines of scripts and the paths in the files to `rewrite`. `links` are added.
 */
export async function relocateTree(
  tree: string,
  place: string,
  { links, rewrite }: Pick<StackRuntimeLine, 'links' | 'rewrite'>,
): Promise<void> {
  for (const name of NOT_NEEDED) await rm(join(tree, name), { recursive: true, force: true });
  for (const name of rewrite) {
    const text = await readFile(join(tree, name), 'utf8');
    await writeFile(
      join(tree, name),
      text.replaceAll(/(?<![\w.-])\/usr\//g, () => `${place}/usr/`),
    );
  }
  for (const [name, target] of Object.entries(links)) {
    await rm(join(tree, name), { force: true });
    await symlink(target, join(tree, name));
  }
  for (const entry of await readdir(tree, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    if (entry.isSymbolicLink()) await relink(tree, path);
    else if (entry.isFile() && isNotNeeded(relative(tree, path))) await rm(path);
    else if (entry.isFile() && dirname(path).endsWith('/bin')) await redirectScript(tree, path, place);
  }
}

/** Documentation but for the licences, and static libraries, which are half of some languages. */
function isNotNeeded(path: string): boolean {
  if (path.startsWith(`${DOCUMENTATION}/`)) return !path.endsWith('/copyright');
  return /(^|\/)lib[^/]+\.a$/.test(path);
}

async function relink(tree: string, path: string): Promise<void> {
  const target = await readlink(path);
  if (!target.startsWith('/') || !(await exists(join(tree, target)))) return;
  await rm(path);
  await symlink(relative(dirname(path), join(tree, target)), path);
}

async function redirectScript(tree: string, path: string, place: string): Promise<void> {
  const program = /^#! *(\/usr\/bin\/[^\s/]+)/.exec(await firstBytes(path))?.[1];
  if (program === undefined || !(await exists(join(tree, program)))) return;
  const text = await readFile(path, 'latin1');
  await writeFile(
    path,
    text.replace(program, () => `${place}${program}`),
    'latin1',
  );
}

async function firstBytes(path: string): Promise<string> {
  const handle = await open(path);
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(128), 0, 128, 0);
    return buffer.toString('latin1', 0, bytesRead);
  } finally {
    await handle.close();
  }
}

function exists(path: string): Promise<boolean> {
  return lstat(path).then(
    () => true,
    () => false,
  );
}
