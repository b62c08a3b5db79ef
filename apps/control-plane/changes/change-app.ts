import type { App, Event, Transaction } from '@jangada/core';
import type { Actor } from '../auth/authenticate.ts';
import { appNotFound } from '../auth/require-app.ts';
import type { Context } from '../context.ts';
import { logApi } from './api-log.ts';
import { recordEvent } from './record-event.ts';

/** One change of an app while it is being made. */
export interface AppChange {
  readonly tx: Transaction;
  /** The app as it is now, under the lock. */
  readonly app: App;
  /** Writes an event row. */
  event(entity: Event['entity'], action: Event['action'], data?: Event['data']): Promise<void>;
  /** A line for the app's log, as source `app[api]`; appended once the change is committed. */
  log(...texts: readonly string[]): void;
}

/**
 * Makes one change of an app: one transaction under the app's lock, its event rows, one notification, and the log lines
 * after the commit. Throws `not_found` when the app went away meanwhile.
 */
export async function changeApp<Result>(
  context: Context,
  actor: Actor,
  appId: string,
  work: (change: AppChange) => Promise<Result>,
): Promise<Result> {
  let texts: string[] = [];
  const result = await context.store.transaction(async (tx) => {
    texts = [];
    await tx.lock(appId);
    const app = await tx.apps.get(appId);
    if (!app) throw appNotFound();
    const outcome = await work({
      tx,
      app,
      event: (entity, action, data = {}) =>
        recordEvent(context, tx, { appId, actorId: actor.account.id, entity, action, data }),
      log: (...more) => void texts.push(...more),
    });
    await tx.notify('app', appId);
    return outcome;
  });
  await logApi(context, appId, texts);
  return result;
}
