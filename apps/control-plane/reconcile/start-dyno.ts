import type { Dyno } from '@jangada/core';
import { isPlatformError } from '@jangada/platform-api';
import type { Context } from '../context.ts';
import { crashDyno } from './crash-dyno.ts';
import { dynoLines, logDyno } from './dyno-log.ts';
import { dynoSpec } from './dyno-spec.ts';

/** Milliseconds before a start is tried again when the engine was away. */
const RETRY_MS = 1_000;

/** Takes a created dyno to `starting`. What the engine cannot run crashes with R99; an engine that is away is tried again. */
export async function startDyno(context: Context, dyno: Dyno): Promise<void> {
  const now = context.clock.now();
  const starting = await context.store.rows.dynos.update(dyno.id, {
    state: 'starting',
    startedAt: now,
    updatedAt: now,
  });
  if (starting === null) return;
  await logDyno(
    context,
    dyno,
    dynoLines.stateChanged(dyno.state, 'starting'),
    dynoLines.starting(dyno.command, dyno.port),
  );
  try {
    await context.engine.start(await dynoSpec(context, starting, true));
  } catch (error) {
    context.report('dyno.start-failed', { dyno: dyno.name, appId: dyno.appId, error: String(error) });
    if (isPlatformError(error, 'engine_unavailable')) {
      await context.store.rows.dynos.update(dyno.id, { state: 'created' });
      await context.clock.sleep(RETRY_MS);
      return;
    }
    const reason = isPlatformError(error) ? error.message : 'The dyno could not be started.';
    await logDyno(context, dyno, dynoLines.platformError(reason));
    await crashDyno(context, starting, { exitCode: null, bootTimeout: null });
  }
}
