import { randomBytes } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { PlatformError } from '@jangada/platform-api';

/** Settings of every repository (builds 6.1). Flaws that old, harmless history has are let through. */
const CONFIG = `[core]
	repositoryformatversion = 0
	filemode = true
	bare = true
[transfer]
	fsckObjects = true
[fetch "fsck"]
	zeroPaddedFilemode = ignore
[receive]
	shallowUpdate = true
	autogc = false
[receive "fsck"]
	zeroPaddedFilemode = ignore
	missingSpaceBeforeDate = ignore
	badTimezone = ignore
[uploadpack]
	allowFilter = true
[gc]
	auto = 0
[repack]
	writeBitmaps = true
`;

/** Files marked for exclusion from archives belong to the app all the same: a build sees every file of the commit. */
const ATTRIBUTES = '* -export-ignore -export-subst\n';

/** Where a repository lies. `repoId` is the app's id. Throws `invalid_params` for what cannot be a folder's name. */
export function repositoryPath(reposFolder: string, repoId: string): string {
  if (!/^[\w-]+$/.test(repoId)) throw new PlatformError('invalid_params', `"${repoId}" cannot name a repository.`);
  return join(reposFolder, `${repoId}.git`);
}

/** Makes the bare repository unless it is there, and brings its settings up to date. Safe to call at the same time. */
export async function prepareRepository(reposFolder: string, repoId: string): Promise<string> {
  const path = repositoryPath(reposFolder, repoId);
  const config = await readFile(join(path, 'config'), 'utf8').catch(() => null);
  if (config === CONFIG) return path;
  if (config === null) await createRepository(path);
  else await replaceFile(join(path, 'config'), CONFIG);
  return path;
}

async function createRepository(path: string): Promise<void> {
  const draft = `${path}.${randomBytes(6).toString('hex')}`;
  await mkdir(draft, { recursive: true, mode: 0o700 });
  for (const folder of ['objects/info', 'objects/pack', 'refs/heads', 'refs/tags', 'info']) {
    await mkdir(join(draft, folder), { recursive: true });
  }
  await writeFile(join(draft, 'HEAD'), 'ref: refs/heads/main\n');
  await writeFile(join(draft, 'info/attributes'), ATTRIBUTES);
  await writeFile(join(draft, 'config'), CONFIG);
  try {
    await rename(draft, path);
  } catch (error) {
    await rm(draft, { recursive: true, force: true });
    const madeByAnother = await readFile(join(path, 'config')).then(
      () => true,
      () => false,
    );
    if (!madeByAnother) throw error;
  }
}

async function replaceFile(file: string, content: string): Promise<void> {
  const draft = `${file}.${randomBytes(6).toString('hex')}`;
  await writeFile(draft, content);
  await rename(draft, file);
}

/** Points HEAD at the deploy branch there is, so that a clone of an app that deploys `master` has files. */
export async function pointHead(path: string): Promise<void> {
  const packed = await readFile(join(path, 'packed-refs'), 'utf8').catch(() => '');
  const has = async (branch: string): Promise<boolean> =>
    packed.includes(` refs/heads/${branch}\n`) ||
    (await stat(join(path, 'refs', 'heads', branch)).then(
      (info) => info.isFile(),
      () => false,
    ));
  const branch = (await has('main')) || !(await has('master')) ? 'main' : 'master';
  const head = `ref: refs/heads/${branch}\n`;
  if ((await readFile(join(path, 'HEAD'), 'utf8')) !== head) await replaceFile(join(path, 'HEAD'), head);
}

/**
 * Removes what pushes and repositories in the making left behind when the machine or git was killed. Only things untouched
 * for `olderThanMs` go, so that pushes under way keep theirs. Returns what was removed.
 */
export async function sweepRepositories(reposFolder: string, olderThanMs: number): Promise<readonly string[]> {
  const removed: string[] = [];
  const repositories = await readdir(reposFolder).catch(() => []);
  for (const name of repositories) {
    const path = join(reposFolder, name);
    if (!name.endsWith('.git')) {
      if (/\.git\.[0-9a-f]{12}$/.test(name)) removed.push(...(await removeWhenOld(path, olderThanMs)));
      continue;
    }
    const objects = join(path, 'objects');
    for (const entry of await readdir(objects).catch(() => [])) {
      if (entry.startsWith('tmp_objdir-')) removed.push(...(await removeWhenOld(join(objects, entry), olderThanMs)));
    }
  }
  return removed;
}

async function removeWhenOld(path: string, olderThanMs: number): Promise<readonly string[]> {
  const info = await stat(path).catch(() => null);
  if (!info || Date.now() - info.mtimeMs < olderThanMs) return [];
  await rm(path, { recursive: true, force: true });
  return [path];
}
