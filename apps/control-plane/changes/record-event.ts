import type { Event, Transaction } from '@jangada/core';
import type { Context } from '../context.ts';

/** Writes down who changed what, in the transaction that changes it. `data` holds no secrets. */
export async function recordEvent(
  context: Context,
  tx: Transaction,
  event: Pick<Event, 'appId' | 'actorId' | 'entity' | 'action' | 'data'>,
): Promise<void> {
  await tx.events.insert({ ...event, id: context.ids.uuid(), createdAt: context.clock.now() });
}
