import { type AppSettings, type CrashCause, type EngineDyno, isOneOff, type Step } from '@jangada/core';
import type { Context } from '../context.ts';
import { crashDyno } from './crash-dyno.ts';
import { dynoLines, logDyno } from './dyno-log.ts';
import { newDynoRow, replaceRow } from './dyno-row.ts';
import type { Snapshot } from './snapshot.ts';

/** Exit status of a process that SIGKILL ended. */
const KILLED = 137;

/** Steps that only change rows and lines; the others look or run on their own. */
export type QuickStep = Extract<Step, { do: 'create' | 'up' | 'crash' | 'revive' | 'cycle' | 'retire' }>;

export async function applyStep(context: Context, snapshot: Snapshot, step: QuickStep): Promise<void> {
  const now = context.clock.now();
  const { dynos } = context.store.rows;
  switch (step.do) {
    case 'create':
      await dynos.insert(newDynoRow(context, snapshot.app.id, step.dyno, 0));
      return;
    case 'up':
      await dynos.update(step.dyno.id, { state: 'up', updatedAt: now });
      await logDyno(context, step.dyno, dynoLines.stateChanged(step.dyno.state, 'up'));
      return;
    case 'crash': {
      const oomKilled = diedOfMemory(snapshot.containers.get(step.dyno.id));
      const bootTimeout = bootTimeoutLine(step.cause, snapshot.settings);
      return crashDyno(context, step.dyno, { exitCode: step.exitCode, bootTimeout, oomKilled });
    }
    case 'revive':
      await replaceRow(context, step.dyno, newDynoRow(context, snapshot.app.id, step.dyno, step.dyno.crashes));
      await logDyno(context, step.dyno, dynoLines.stateChanged(step.dyno.state, 'starting'));
      return;
    case 'cycle':
      await dynos.update(step.dyno.id, { stopping: isOneOff(step.dyno) ? 'stopped' : 'restart' });
      await logDyno(context, step.dyno, dynoLines.cycling);
      return;
    case 'retire':
      await dynos.update(step.dyno.id, { stopping: step.reason });
      return;
  }
}

function bootTimeoutLine(cause: CrashCause, settings: AppSettings): string | null {
  const { bootTimeoutSeconds: seconds, healthCheckPath: path } = settings;
  if (cause === 'exit') return null;
  return cause === 'boot-timeout' ? dynoLines.bootTimeout(seconds) : dynoLines.healthTimeout(path ?? '/', seconds);
}

/** A kill of another process than the first one leaves its mark too, but the dyno did not end of it. */
function diedOfMemory(container: EngineDyno | undefined): boolean {
  return container?.oomKilled === true && container.exitCode === KILLED;
}
