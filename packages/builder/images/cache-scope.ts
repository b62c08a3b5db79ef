import { randomBytes } from 'node:crypto';
import { constants } from 'node:fs';
import { mkdir, open, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

const FILE = 'image-cache-scope';
const SCOPE = /^[0-9a-f]{32}$/;

/**
 * A name under which the engine finds an app's cached layers again, until its build cache is deleted. Buildpacks of the app can
 * write to the folder, so the file is not trusted: a link in its place could lead to the name of another app.
 */
export async function cacheScopeOf(cacheFolder: string): Promise<string> {
  const file = join(cacheFolder, FILE);
  const known = await readOwn(file).catch(() => null);
  if (known !== null && SCOPE.test(known)) return known;
  const scope = randomBytes(16).toString('hex');
  await mkdir(cacheFolder, { recursive: true, mode: 0o700 });
  await rm(file, { recursive: true, force: true });
  await writeFile(file, scope, { flag: 'wx', mode: 0o600 });
  return scope;
}

async function readOwn(file: string): Promise<string | null> {
  const handle = await open(file, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  try {
    const { size } = await handle.stat();
    return size > 100 ? null : await handle.readFile('utf8');
  } finally {
    await handle.close();
  }
}
