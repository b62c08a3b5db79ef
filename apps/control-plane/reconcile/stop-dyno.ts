import { type Dyno, isOneOff } from '@jangada/core';
import type { Context } from '../context.ts';
import { dynoLines, logDyno } from './dyno-log.ts';
import { drainLimitMs, exitGraceMs } from './limits.ts';

/** Ends a dyno that is on its way out: waits for its requests, SIGTERM, SIGKILL after the grace, then forgets it. */
export async function stopDyno(context: Context, dyno: Dyno, running: boolean): Promise<void> {
  const finished = dyno.stopping === 'finished';
  if (running && dyno.type === 'web' && dyno.state === 'up' && dyno.stopping !== 'killed') await drained(context, dyno);
  if (running && !finished) await logDyno(context, dyno, dynoLines.sigterm);
  const { exitCode, killed } = await context.engine.stop(dyno.id, exitGraceMs);
  const lines: string[] = [];
  if (killed && !finished) lines.push(dynoLines.exitTimeout(exitGraceMs / 1000), dynoLines.sigkill);
  if (exitCode !== null) lines.push(dynoLines.exited(exitCode));
  if (exitCode !== null && dyno.stopping !== 'replaced') {
    lines.push(dynoLines.stateChanged(dyno.state, isOneOff(dyno.type) ? 'complete' : 'down'));
  }
  await context.store.rows.dynos.delete(dyno.id);
  if (lines.length > 0) await logDyno(context, dyno, ...lines);
}

/** Resolves when the router has no request left on the dyno, or after the drain limit. A router that is away drains nothing. */
async function drained(context: Context, dyno: Dyno): Promise<void> {
  const deadline = context.clock.now().getTime() + drainLimitMs;
  let pause = 20;
  while (context.clock.now().getTime() < deadline) {
    const inFlight = await context.routes.inFlight(dyno.appId).catch(() => ({}) as Record<string, number>);
    if ((inFlight[dyno.id] ?? 0) === 0) return;
    await context.clock.sleep(pause);
    pause = Math.min(pause * 2, 250);
  }
  context.report('dyno.drain-limit', { dyno: dyno.name, appId: dyno.appId });
}
