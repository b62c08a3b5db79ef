import { type AppSettings, type Dyno, isOneOff } from '@jangada/core';
import type { Context } from '../context.ts';
import { dynoLines, logDyno } from './dyno-log.ts';

/** Ends a dyno that is on its way out: waits for its requests, SIGTERM, SIGKILL after the grace, then forgets it. */
export async function stopDyno(
  context: Context,
  dyno: Dyno,
  running: boolean,
  settings: Pick<AppSettings, 'drainTimeoutSeconds' | 'exitTimeoutSeconds'>,
): Promise<void> {
  const finished = dyno.stopping === 'finished';
  const serves = running && dyno.type === 'web' && dyno.state === 'up' && dyno.stopping !== 'killed';
  if (serves) await drained(context, dyno, settings.drainTimeoutSeconds * 1000);
  if (running && !finished) await logDyno(context, dyno, dynoLines.sigterm);
  const { exitCode, killed } = await context.engine.stop(dyno.id, settings.exitTimeoutSeconds * 1000);
  const lines: string[] = [];
  if (killed && !finished) lines.push(dynoLines.exitTimeout(settings.exitTimeoutSeconds), dynoLines.sigkill);
  if (exitCode !== null) lines.push(dynoLines.exited(exitCode));
  if (exitCode !== null && dyno.stopping !== 'replaced') {
    lines.push(dynoLines.stateChanged(dyno.state, isOneOff(dyno) ? 'complete' : 'down'));
  }
  await context.store.rows.dynos.delete(dyno.id);
  if (lines.length > 0) await logDyno(context, dyno, ...lines);
}

/** Resolves when the router has no request left on the dyno, or after the limit. A router that is away drains nothing. */
async function drained(context: Context, dyno: Dyno, limitMs: number): Promise<void> {
  const deadline = context.clock.now().getTime() + limitMs;
  let pause = 20;
  while (context.clock.now().getTime() < deadline) {
    const inFlight = await context.routes.inFlight(dyno.appId).catch(() => ({}) as Record<string, number>);
    if ((inFlight[dyno.id] ?? 0) === 0) return;
    await context.clock.sleep(pause);
    pause = Math.min(pause * 2, 250);
  }
  context.report('dyno.drain-limit', { dyno: dyno.name, appId: dyno.appId });
}
