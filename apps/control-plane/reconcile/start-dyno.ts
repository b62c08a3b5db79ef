import { type Dyno, type DynoSpec, isOneOff } from '@jangada/core';
import { isPlatformError } from '@jangada/platform-api';
import type { Context } from '../context.ts';
import { crashDyno } from './crash-dyno.ts';
import { dynoLines, logDyno } from './dyno-log.ts';
import { replaceRow } from './dyno-row.ts';
import { dynoSpec } from './dyno-spec.ts';

/** Milliseconds before a start is tried again when the engine was away. */
const RETRY_MS = 1_000;

/** Milliseconds of waiting for its turn that a dyno has of its boot time-out. */
const UNNOTICED_MS = 1_000;

/**
 * Takes a created dyno, or one whose start was interrupted, to `starting`, a one-off to `up`. What the engine cannot run crashes
 * with R99, or ends if it is a one-off; an engine that is away is tried again.
 */
export async function startDyno(context: Context, dyno: Dyno): Promise<void> {
  const now = context.clock.now();
  const starting = await context.store.rows.dynos.update(dyno.id, {
    state: 'starting',
    startedAt: now,
    updatedAt: now,
  });
  if (starting === null) return;
  await logDyno(context, dyno, ...startLines(dyno));
  await run(context, starting, dynoSpec(context, starting, true));
}

/**
 * Starts an idle dyno that is not in memory, as `next`, which is `starting` from the first: somebody waits, so there is one
 * write before the engine is asked, and neither what it is asked for nor the log comes before or after it.
 */
export async function unidleDyno(context: Context, idle: Dyno, next: Dyno): Promise<void> {
  const spec = dynoSpec(context, next, true);
  spec.catch(() => undefined);
  if (!(await replaceRow(context, idle, next))) return;
  await Promise.all([
    logDyno(context, next, dynoLines.unidling, ...startLines({ ...next, state: 'created' })),
    run(context, next, spec),
  ]);
}

function startLines(dyno: Dyno): readonly string[] {
  const starts = dynoLines.starting(dyno.command, dyno.port);
  return dyno.state === 'starting' ? [starts] : [dynoLines.stateChanged(dyno.state, 'starting'), starts];
}

async function run(context: Context, dyno: Dyno, spec: Promise<DynoSpec>): Promise<void> {
  try {
    await context.engine.start(await spec);
  } catch (error) {
    return startFailed(context, dyno, error);
  }
  await (isOneOff(dyno) ? noteUp(context, dyno) : noteLaunch(context, dyno));
}

async function startFailed(context: Context, dyno: Dyno, error: unknown): Promise<void> {
  context.report('dyno.start-failed', { dyno: dyno.name, appId: dyno.appId, error: String(error) });
  if (isPlatformError(error, 'engine_unavailable')) {
    await context.store.rows.dynos.update(dyno.id, { state: 'created' });
    await context.clock.sleep(RETRY_MS);
    return;
  }
  const reason = isPlatformError(error) ? error.message : 'The dyno could not be started.';
  await logDyno(context, dyno, dynoLines.platformError(reason));
  // A one-off never starts again by itself (behaviour 1.6).
  if (isOneOff(dyno)) await context.store.rows.dynos.update(dyno.id, { stopping: 'finished' });
  else await crashDyno(context, dyno, { exitCode: null, bootTimeout: null });
}

/** Without waiting for the next look: a one-off that is `starting` and has no container is started, and none may run twice. */
async function noteUp(context: Context, dyno: Dyno): Promise<void> {
  const now = context.clock.now();
  await context.store.rows.dynos.update(dyno.id, { state: 'up', startedAt: now, updatedAt: now });
  await logDyno(context, dyno, dynoLines.stateChanged('starting', 'up'));
}

/** Where many dynos start at once most wait for their turn: their boot time-out begins only now. */
async function noteLaunch({ clock, store }: Context, { id, startedAt }: Dyno): Promise<void> {
  const now = clock.now();
  if (startedAt === null || now.getTime() - startedAt.getTime() <= UNNOTICED_MS) return;
  await store.rows.dynos.update(id, { startedAt: now });
}
