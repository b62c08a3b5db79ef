import { afterCrash, type Dyno } from '@jangada/core';
import type { Context } from '../context.ts';
import { dynoLines, logDyno } from './dyno-log.ts';

/** Removes what is left of a dyno that ended by itself (or did not boot in time) and plans its next start (behaviour 1.4). */
export async function crashDyno(
  context: Context,
  dyno: Dyno,
  how: {
    readonly exitCode: number | null;
    /** The R10 line of a dyno that did not boot in time; null when it ended by itself. */
    readonly bootTimeout: string | null;
    readonly oomKilled?: boolean;
  },
): Promise<void> {
  const lines: string[] = [];
  if (how.bootTimeout !== null) lines.push(how.bootTimeout, dynoLines.sigkill);
  if (how.oomKilled) lines.push(dynoLines.memoryKilled, dynoLines.sigkill);
  const ended = await context.engine.stop(dyno.id, 0);
  const exitCode = how.exitCode ?? ended.exitCode;
  if (exitCode !== null) lines.push(dynoLines.exited(exitCode));
  lines.push(dynoLines.stateChanged(dyno.state, 'crashed'));

  const now = context.clock.now();
  const next = afterCrash(dyno.crashes, dyno.startedAt, now);
  await context.store.rows.dynos.update(dyno.id, { state: 'crashed', exitCode, updatedAt: now, ...next });
  await logDyno(context, dyno, ...lines);
}
