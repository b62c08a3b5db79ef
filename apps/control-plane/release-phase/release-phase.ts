import type { Dyno, Release } from '@jangada/core';
import type { Context } from '../context.ts';
import { finishDyno } from '../resources/dynos/attached-session.ts';
import { oneOffRow } from '../resources/dynos/one-off-row.ts';
import { finishRelease } from '../resources/releases/append.ts';
import { runCommand } from './run-command.ts';

/** Runs release commands: one at a time an app, in the order of the ledger (behaviour 6, builds.md 3). */
export interface ReleasePhase {
  /** Runs what waits. Resolves when nothing waits any more; a call while it runs changes nothing. */
  run(appId: string): Promise<void>;
  /** At start: what a crash interrupted has failed, since nobody knows how far its command came. */
  recover(): Promise<void>;
}

export function createReleasePhase(context: Context): ReleasePhase {
  const running = new Set<string>();
  /** Dynos whose release command was begun here, by release, until its end is recorded: no command runs twice. */
  const begun = new Map<string, Dyno>();
  const { rows } = context.store;

  const nextPending = async (appId: string): Promise<Release | null> => {
    const [release] = await rows.releases.list({ appId, status: 'pending' }, { orderBy: 'version', limit: 1 });
    return release ?? null;
  };

  return {
    async run(appId) {
      if (running.has(appId)) return;
      running.add(appId);
      try {
        for (let release = await nextPending(appId); release !== null; release = await nextPending(appId)) {
          const dyno = begun.get(release.id);
          if (dyno === undefined) await gate(context, release, (started) => void begun.set(release.id, started));
          else await endBegun(context, release, dyno);
          begun.delete(release.id);
        }
      } finally {
        running.delete(appId);
      }
    },

    async recover() {
      for (const release of await rows.releases.list({ status: 'pending' })) await end(context, release, 'failed');
    },
  };
}

/** Lets a release through when its command succeeds. `begins` is told of its dyno before the command may run. */
async function gate(context: Context, release: Release, begins: (dyno: Dyno) => void): Promise<void> {
  const dyno = await releaseDyno(context, release);
  try {
    await context.store.rows.dynos.insert(dyno);
    begins(dyno);
    const status = await runCommand(context, dyno, async (chunk) => {
      if (release.outputStreamId !== null) await context.outputs.append(release.outputStreamId, chunk);
    });
    await finish(context, release, status === 0 ? 'succeeded' : 'failed', null);
  } catch (error) {
    context.report('release-phase.failed', { releaseId: release.id, error: String(error) });
    const reason = error instanceof Error ? error.message : 'The release command could not be run.';
    await finish(context, release, 'failed', ` !     ${reason}\n`);
  } finally {
    await finishDyno(context, dyno);
  }
}

/** Its command was begun, and its end could not be recorded: it has failed, as what a crash interrupted has. */
async function endBegun(context: Context, release: Release, dyno: Dyno): Promise<void> {
  try {
    await finish(context, release, 'failed', ' !     The end of the release command could not be recorded.\n');
  } finally {
    await finishDyno(context, dyno);
  }
}

async function releaseDyno(context: Context, release: Release): Promise<Dyno> {
  const { rows } = context.store;
  const slug = release.slugId === null ? null : await rows.slugs.get(release.slugId);
  const place = await rows.formations.find({ appId: release.appId, type: 'release' });
  return oneOffRow(context, {
    appId: release.appId,
    release,
    type: 'release',
    command: slug?.processTypes['release'] ?? 'true',
    attached: true,
    ...(place ? { size: place.size } : {}),
  });
}

/**
 * Ends the release, then its output: whoever reads the output to its end finds the release ended. A release ends also when
 * its output cannot be written.
 */
async function finish(
  context: Context,
  release: Release,
  status: 'succeeded' | 'failed',
  note: string | null,
): Promise<void> {
  const streamId = release.outputStreamId;
  if (streamId !== null && note !== null) {
    await context.outputs.append(streamId, Buffer.from(note)).catch((error: unknown) => {
      context.report('release-phase.note-failed', { releaseId: release.id, error: String(error) });
    });
  }
  await end(context, release, status);
  if (streamId !== null) await context.outputs.finish(streamId);
}

async function end(context: Context, release: Release, status: 'succeeded' | 'failed'): Promise<void> {
  await context.store.transaction(async (tx) => {
    await tx.lock(release.appId);
    await finishRelease(context, tx, release, status);
  });
}
