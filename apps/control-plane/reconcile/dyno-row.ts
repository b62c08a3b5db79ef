import type { Dyno, NewDyno } from '@jangada/core';
import type { Context } from '../context.ts';

/** Ports that web dynos get. Each dyno has an address of its own, so they need not differ. */
const PORTS = { min: 3_000, max: 59_999 } as const;

/** The row of a dyno that has not begun yet. */
export function newDynoRow(context: Context, appId: string, dyno: NewDyno, crashes: number): Dyno {
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
    timeToLive: null,
    crashes,
    restartAt: null,
    exitCode: null,
    startedAt: null,
    createdAt: now,
    updatedAt: now,
  };
}

/**
 * A dyno that starts again is a new one of the same name: it has another id, as every start has on Heroku. False when the
 * one that ended is gone already: then somebody else has seen to it.
 */
export async function replaceRow(context: Context, ended: Dyno, next: Dyno): Promise<boolean> {
  return context.store.transaction(async (tx) => {
    if (!(await tx.dynos.delete(ended.id))) return false;
    await tx.dynos.insert(next);
    return true;
  });
}
