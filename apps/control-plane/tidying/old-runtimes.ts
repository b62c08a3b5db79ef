import { readdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Context } from '../context.ts';
import type { RunningBuilds } from '../deploy/running-builds.ts';
import { bytesBelow } from './bytes-below.ts';

/** Days after which a runtime that no build has used goes, when a newer of its kind has been used since. */
const IDLE_MS = 30 * 24 * 3_600_000;
const REMOVED = '.removed-';

/**
 * Removes runtimes that others have replaced, by updates of the stack for example. Slugs have what they need in them. The one of
 * its kind that was used last stays, so that a machine without a network goes on building.
 */
export async function removeOldRuntimes(
  context: Context,
  running: RunningBuilds,
): Promise<{ readonly count: number; readonly bytes: number }> {
  const before = context.clock.now().getTime() - IDLE_MS;
  let [count, bytes] = [0, 0];
  for (const folder of ['trees', 'images'].map((name) => join(context.home.runtimes, name))) {
    const entries = await entriesOf(folder);
    const lastUse = new Map<string, number>();
    for (const { kind, usedAt } of entries) lastUse.set(kind, Math.max(usedAt, lastUse.get(kind) ?? 0));
    for (const { name, kind, usedAt } of entries) {
      const isLeftover = name.startsWith(REMOVED);
      if (!running.idle || (!isLeftover && (usedAt > before || usedAt === lastUse.get(kind)))) continue;
      const gone = isLeftover ? join(folder, name) : join(folder, `${REMOVED}${name}`);
      if (!isLeftover) await rename(join(folder, name), gone);
      bytes += await bytesBelow(gone);
      await rm(gone, { recursive: true, force: true });
      count += 1;
    }
  }
  return { count, bytes };
}

/** `kind`: `python` of `python-3.13.5-1a2b3c4d`. An image of several runtimes is of its own kind. */
async function entriesOf(folder: string) {
  const names = await readdir(folder).catch((): string[] => []);
  return Promise.all(
    names.map(async (name) => ({
      name,
      kind: name
        .split('+')
        .map((part) => part.replace(/-\d.*$/, ''))
        .join('+'),
      usedAt: (await stat(join(folder, name)).catch(() => null))?.mtimeMs ?? Number.POSITIVE_INFINITY,
    })),
  );
}
