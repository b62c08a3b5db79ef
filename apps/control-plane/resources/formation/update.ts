import type { Formation } from '@jangada/core';
import { type AppChange, changeApp } from '../../changes/change-app.ts';
import type { Context } from '../../context.ts';
import type { AppCall } from '../../http/route.ts';
import { type ProcessTypeChange, type Scaled, scale } from './rules.ts';

/** Changes quantities and sizes of process types together: all of them or none. Answers the changed ones. */
export async function updateFormation(
  call: AppCall,
  changes: readonly ProcessTypeChange[],
): Promise<readonly Formation[]> {
  return changeApp(call.context, call.actor, call.app.id, (change) => scaleFormation(call, change, changes));
}

/** The same, as part of a change. */
export async function scaleFormation(
  { context, actor }: Pick<AppCall, 'context' | 'actor'>,
  change: AppChange,
  changes: readonly ProcessTypeChange[],
): Promise<readonly Formation[]> {
  const formation = await change.tx.formations.list({ appId: change.app.id });
  const scaled = scale(context.sizes, formation, changes);
  const updated: Formation[] = [];
  for (const one of scaled) updated.push(await apply(context, change, one));
  const text = scaled.map((one) => `${one.type}@${one.quantity}:${one.size}`).join(' ');
  change.log(`Scaled to ${text} by user ${actor.account.email}`);
  return updated;
}

async function apply(context: Context, change: AppChange, { id, type, quantity, size }: Scaled): Promise<Formation> {
  const row = await change.tx.formations.update(id, { quantity, size, updatedAt: context.clock.now() });
  if (!row) throw new Error(`Formation ${id} vanished under the app's lock.`);
  await change.event('api:formation', 'update', { id, type, quantity, size });
  return row;
}
