import type { AppSettings, Dyno } from '@jangada/core';
import type { Context } from '../context.ts';
import { dynoLines, logDyno } from '../reconcile/dyno-log.ts';
import type { Traffic } from './traffic.ts';

/** Marks dynos as idle, all or none, unless the router has requests on them. Their route says so with the next pass. */
export async function putToSleep(context: Context, traffic: Traffic, dynos: readonly Dyno[]): Promise<void> {
  const appId = dynos[0]?.appId;
  if (appId === undefined) return;
  if (await hasRequests(context, dynos)) return traffic.isBusy(appId);
  const updatedAt = context.clock.now();
  await context.store.transaction(async (tx) => {
    for (const dyno of dynos) await tx.dynos.update(dyno.id, { state: 'idle', updatedAt });
  });
  for (const dyno of dynos) await logDyno(context, dyno, dynoLines.idling, dynoLines.stateChanged('up', 'idle'));
}

/**
 * Freezes an idle dyno in memory. A request that came in before the router knew is finished first: then the dyno goes on.
 * An engine that cannot freeze stops it.
 */
export async function freezeDyno(context: Context, traffic: Traffic, dyno: Dyno, settings: AppSettings): Promise<void> {
  if (await hasRequests(context, [dyno])) {
    traffic.isBusy(dyno.appId);
    return goOn(context, dyno);
  }
  if (context.engine.pause === undefined) return shelveDyno(context, dyno, settings);
  await context.engine.pause(dyno.id);
}

/**
 * Lets an idle dyno go on, or one that is up and yet frozen, whose row has nothing to change. `route` lets requests to it
 * again, as soon as its row says `up`: a held one does not wait for the log.
 */
export async function thawDyno(
  context: Context,
  dyno: Dyno,
  frozen: boolean,
  route: () => Promise<void>,
): Promise<void> {
  if (frozen) await context.engine.resume?.(dyno.id);
  if (dyno.state === 'idle') await goOn(context, dyno, route);
}

/** Ends a frozen dyno. Its row stays, idle, until a request asks for it. */
export async function shelveDyno(
  context: Context,
  dyno: Dyno,
  { exitTimeoutSeconds }: Pick<AppSettings, 'exitTimeoutSeconds'>,
): Promise<void> {
  await logDyno(context, dyno, dynoLines.idleSigterm);
  const { exitCode, killed } = await context.engine.stop(dyno.id, exitTimeoutSeconds * 1000);
  const lines = killed ? [dynoLines.exitTimeout(exitTimeoutSeconds), dynoLines.sigkill] : [];
  if (exitCode !== null) lines.push(dynoLines.exited(exitCode));
  await logDyno(context, dyno, ...lines);
}

async function goOn(context: Context, dyno: Dyno, route: () => Promise<void> = async () => undefined): Promise<void> {
  await Promise.all([
    context.store.rows.dynos.update(dyno.id, { state: 'up', updatedAt: context.clock.now() }).then(route),
    logDyno(context, dyno, dynoLines.unidling, dynoLines.stateChanged('idle', 'up')),
  ]);
}

/** A router that does not answer may have some. */
async function hasRequests(context: Context, dynos: readonly Dyno[]): Promise<boolean> {
  const appId = dynos[0]?.appId ?? '';
  if (!dynos.some((dyno) => dyno.type === 'web')) return false;
  const inFlight = await context.routes.inFlight(appId).catch(() => null);
  return inFlight === null || dynos.some((dyno) => (inFlight[dyno.id] ?? 0) > 0);
}
