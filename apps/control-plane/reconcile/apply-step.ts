import {
  type AppSettings,
  type CrashCause,
  type Dyno,
  type EngineDyno,
  isOneOff,
  type NewDyno,
  type Step,
} from '@jangada/core';
import type { Context } from '../context.ts';
import { crashDyno } from './crash-dyno.ts';
import { dynoLines, logDyno } from './dyno-log.ts';
import type { Snapshot } from './snapshot.ts';

/** Ports that web dynos get. Each dyno has an address of its own, so they need not differ. */
const PORTS = { min: 3_000, max: 59_999 } as const;

/** Exit status of a process that SIGKILL ended. */
const KILLED = 137;

/** Steps that only change rows and lines; the others look or run on their own. */
export type QuickStep = Extract<Step, { do: 'create' | 'up' | 'crash' | 'revive' | 'unidle' | 'cycle' | 'retire' }>;

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
      await startAnew(context, step.dyno);
      await logDyno(context, step.dyno, dynoLines.stateChanged(step.dyno.state, 'starting'));
      return;
    case 'unidle':
      await startAnew(context, step.dyno);
      await logDyno(context, step.dyno, dynoLines.unidling);
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

/** A dyno that starts again is a new one of the same name: it has another id, as every start has on Heroku. */
async function startAnew(context: Context, ended: Dyno): Promise<void> {
  const { appId, crashes } = ended;
  await context.store.transaction(async (tx) => {
    await tx.dynos.delete(ended.id);
    await tx.dynos.insert(newDynoRow(context, appId, ended, crashes));
  });
}

function newDynoRow(context: Context, appId: string, dyno: NewDyno, crashes: number): Dyno {
  const now = context.clock.now();
  return {
    id: context.ids.uuid(),
    appId,
    releaseId: dyno.releaseId,
    version: dyno.version,
    type: dyno.type,
    number: dyno.number,
    name: `${dyno.type}.${dyno.number}`,
    size: context.sizes.find(dyno.size)?.name ?? dyno.size,
    command: dyno.command,
    state: 'created',
    port: dyno.type === 'web' ? context.ids.integer(PORTS.min, PORTS.max) : null,
    stopping: null,
    env: {},
    attached: false,
    crashes,
    restartAt: null,
    exitCode: null,
    startedAt: null,
    createdAt: now,
    updatedAt: now,
  };
}
