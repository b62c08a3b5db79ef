import { randomBytes } from 'node:crypto';
import { chown, mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Home, SLUG_UID } from '@jangada/core';
import type { BuildRequest } from './build-request.ts';
import { buildDirName, envDirName } from './container-paths.ts';
import type { DriverPlan } from './driver-plan.ts';

const REMOVED = '.removed-';

/** Holds the id of the app whose cache the build may have left half written; empty when it uses none. */
const APP_ID_FILE = 'app-id';

/** A build's own folder on the machine, below `home.builds`, and its app's cache. */
export interface BuildFolder extends AsyncDisposable {
  readonly path: string;
  /** Everything writable of the build: mounted as `/tmp`. */
  readonly temporary: string;
  /** `BUILD_DIR`: what becomes `/app`. */
  readonly app: string;
  readonly plan: string;
  readonly result: string;
  readonly requests: string;
  readonly answers: string;
  readonly cache: string;
  /** Where the slug is packed; not seen by the container. */
  readonly slugFile: string;
  /** The app's tree as the container packed it for images. */
  readonly sourceFile: string;
  /** Drops the app's cache: a build that was killed may have left it half written. */
  dropCache(): Promise<void>;
}

/** Lays out the folder. Disposing of it removes it: renamed at once, deleted in the background. */
export async function createBuildFolder(home: Home, request: BuildRequest, plan: DriverPlan): Promise<BuildFolder> {
  const path = join(home.builds, request.buildId);
  const temporary = join(path, 'tmp');
  // A finished app tree, or one for images, has nothing to do with what buildpacks of the app keep.
  const keepsCache = plan.kind === 'source';
  const folder = {
    path,
    temporary,
    app: join(temporary, buildDirName(request.buildId)),
    plan: join(path, 'plan'),
    result: join(path, 'result'),
    requests: join(path, 'requests'),
    answers: join(path, 'answers'),
    cache: keepsCache ? join(home.caches, request.appId) : join(path, 'cache'),
    slugFile: join(path, 'slug.squashfs'),
    sourceFile: join(path, 'result', 'source.tar'),
  };
  await mkdir(home.caches, { recursive: true, mode: 0o700 });
  await mkdir(home.buildpacks, { recursive: true, mode: 0o755 });
  await mkdir(path, { recursive: true, mode: 0o700 });
  await writeFile(join(path, APP_ID_FILE), keepsCache ? request.appId : '');
  for (const writable of [temporary, folder.app, folder.result, folder.requests, folder.cache]) {
    await mkdir(writable, { recursive: true, mode: 0o755 });
    await chown(writable, SLUG_UID, SLUG_UID);
  }
  await mkdir(folder.answers);
  await writePlan(folder.plan, plan);
  await writeConfigVars(join(temporary, envDirName(request.buildId)), request.configVars);
  return {
    ...folder,
    dropCache: () => removeInBackground(folder.cache, home.caches),
    [Symbol.asyncDispose]: () => removeInBackground(path, home.builds),
  };
}

/**
 * After a crash: removes every build folder, and the cache of every app that was being built. No build may run. Returns the
 * ids of the builds that were interrupted.
 */
export async function sweepBuildFolders(home: Home): Promise<readonly string[]> {
  const interrupted: string[] = [];
  for (const name of await readdir(home.builds).catch(() => [])) {
    const path = join(home.builds, name);
    const appId = name.startsWith(REMOVED) ? null : await readFile(join(path, APP_ID_FILE), 'utf8').catch(() => null);
    if (appId !== null) {
      interrupted.push(name);
      if (/^[\w-]+$/.test(appId)) await rm(join(home.caches, appId), { recursive: true, force: true });
    }
    await rm(path, { recursive: true, force: true });
  }
  for (const name of await readdir(home.caches).catch(() => [])) {
    if (name.startsWith(REMOVED)) await rm(join(home.caches, name), { recursive: true, force: true });
  }
  return interrupted;
}

/** One file per field. */
async function writePlan(path: string, plan: DriverPlan): Promise<void> {
  await mkdir(path);
  for (const [name, text] of Object.entries(plan)) await writeFile(join(path, name), text);
}

/** One file per config var (builds 1.1). Names that cannot be file names are left out: no buildpack could read them. */
async function writeConfigVars(path: string, configVars: Readonly<Record<string, string>>): Promise<void> {
  await mkdir(path, { mode: 0o755 });
  for (const [name, value] of Object.entries(configVars)) {
    if (/^[^/\0]{1,255}$/.test(name) && name !== '.' && name !== '..') await writeFile(join(path, name), value);
  }
}

async function removeInBackground(path: string, parent: string): Promise<void> {
  const removed = join(parent, `${REMOVED}${randomBytes(6).toString('hex')}`);
  await rename(path, removed).catch(() => undefined);
  void rm(removed, { recursive: true, force: true }).catch(() => undefined);
}
