import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { type GitProgram, startGit } from './git-process.ts';

/** Packs, and folders of loose objects, above which a repository is packed anew. A push adds one pack, or a few loose objects. */
const MANY_PACKS = 30;
const MANY_LOOSE_FOLDERS = 200;

/**
 * Packs a repository anew when many pushes have left it in pieces; with a bitmap, which makes fetches quick. Resolves whether it
 * did. Readers and pushes at the same time are not disturbed: git removes an old pack only when all it holds is in the new one.
 */
export async function tidyRepository(repoPath: string, git: GitProgram): Promise<boolean> {
  const objects = join(repoPath, 'objects');
  const packs = (await readdir(join(objects, 'pack'))).filter((name) => name.endsWith('.pack'));
  const loose = (await readdir(objects)).filter((name) => /^[0-9a-f]{2}$/.test(name));
  if (packs.length < MANY_PACKS && loose.length < MANY_LOOSE_FOLDERS) return false;
  const args = ['-c', 'pack.threads=1', 'repack', '-A', '-d', '-b', '-q'];
  const child = startGit(git, args, { cwd: repoPath, env: { GIT_DIR: repoPath }, stdio: 'ignore' });
  return new Promise((resolve) => {
    child.once('error', () => resolve(false));
    child.once('close', (code) => resolve(code === 0));
  });
}
