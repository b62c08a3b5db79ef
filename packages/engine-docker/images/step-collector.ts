import { type FSWatcher, watch } from 'node:fs';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { CollectFrom } from './build-bounds.ts';

/** Groups of BuildKit's steps where systemd is the driver. Containers are `docker-<id>.scope`. */
const STEP = /^[\w.@-]+\.slice:docker:\w+$/;

/** Milliseconds between two looks while steps run: children that were born during the last one come over with the next. */
const PACE_MS = 50;

/** Brings the processes of image builds into the group that bounds them, for as long as it is not closed. */
export interface StepCollector {
  close(): Promise<void>;
}

/**
 * Sleeps until the kernel tells of a new group, then looks until no step runs any more. `lost` is called when it cannot go on.
 * A process that comes over brings those that it starts later; memory that it has already stays accounted to its step.
 */
export function collectSteps(places: readonly CollectFrom[], lost: (reason: string) => void): StepCollector {
  const closing = new AbortController();
  let running: Promise<void> | null = null;
  let again = false;

  const look = async (): Promise<boolean> => {
    const found = await Promise.all(places.map(bringOver));
    return found.some((steps) => steps > 0);
  };
  const work = async (): Promise<void> => {
    do {
      again = false;
      while (!closing.signal.aborted && (await look())) await sleep(PACE_MS, undefined, { ref: false });
    } while (again && !closing.signal.aborted);
  };
  const wake = (): void => {
    again = true;
    running ??= work()
      .catch((error: unknown) => lost(String(error)))
      .finally(() => {
        running = null;
        if (again && !closing.signal.aborted) wake();
      });
  };

  const watchers = places.map(({ from }): FSWatcher => {
    const watcher = watch(from, { persistent: false }, (_event, name) => {
      if (name === null || STEP.test(name)) wake();
    });
    return watcher.on('error', (error) => lost(String(error)));
  });
  wake();
  return {
    async close() {
      closing.abort();
      for (const watcher of watchers) watcher.close();
      await running;
    },
  };
}

/** Number of steps that are there. */
async function bringOver({ from, into, limits }: CollectFrom): Promise<number> {
  const steps = (await readdir(from)).filter((name) => STEP.test(name));
  for (const step of steps) {
    const group = join(from, step);
    for (const [file, value] of Object.entries(limits)) await writeFile(join(group, file), value).catch(ignore);
    const processes = await readFile(join(group, 'cgroup.procs'), 'utf8').catch(() => '');
    for (const pid of processes.split('\n').filter((line) => line !== '')) {
      // It may have ended meanwhile.
      await writeFile(join(into, 'cgroup.procs'), pid).catch(ignore);
    }
  }
  return steps.length;
}

const ignore = (): void => undefined;
