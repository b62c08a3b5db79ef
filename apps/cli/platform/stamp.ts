import { createHash } from 'node:crypto';
import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Settings } from '@jangada/core';

/**
 * Changes whenever the platform would run differently: other sources, other packages, other settings. A platform that runs
 * with another stamp than `npm start` finds is started anew; its dynos are not touched.
 */
export async function stampOf(root: string, settings: Settings): Promise<string> {
  return createHash('sha256')
    .update(`${await sourcesStamp(root)}${JSON.stringify(settings)}`)
    .digest('hex')
    .slice(0, 16);
}

/** Names what the sources and packages are now. */
export async function sourcesStamp(root: string): Promise<string> {
  const hash = createHash('sha256').update(process.version);
  hash.update(await readFile(join(root, 'package-lock.json')));
  for (const folder of ['apps', 'packages', 'buildpacks']) await addFolder(hash, join(root, folder));
  return hash.digest('hex');
}

async function addFolder(hash: ReturnType<typeof createHash>, folder: string): Promise<void> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  for (const entry of entries.toSorted((a, b) => (a.name < b.name ? -1 : 1))) {
    const path = join(folder, entry.name);
    if (entry.name === 'node_modules') continue;
    if (entry.isDirectory()) await addFolder(hash, path);
    else if (!entry.name.endsWith('.test.ts')) {
      const { mtimeMs, size } = await stat(path);
      hash.update(`${path}\0${mtimeMs}\0${size}\0`);
    }
  }
}
