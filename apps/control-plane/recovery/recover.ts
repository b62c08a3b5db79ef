import type { Builder } from '@jangada/builder';
import type { Context } from '../context.ts';
import type { ReleasePhase } from '../release-phase/release-phase.ts';
import { failInterruptedSetups } from '../resources/app-setups/fail-interrupted.ts';
import { failInterruptedBuilds } from '../resources/builds/record.ts';

/**
 * Brings the state to one of its consistent ends after a stop or a crash, before anything new is accepted: interrupted
 * builds and release commands have failed, sessions that somebody was attached to are over.
 */
export async function recover(context: Context, builder: Builder, releasePhase: ReleasePhase): Promise<void> {
  await failInterruptedBuilds(context);
  await failInterruptedSetups(context);
  await releasePhase.recover();
  await endAttachedDynos(context);
  await builder.sweep();
}

/** Their two ends met in the process that is gone. */
async function endAttachedDynos(context: Context): Promise<void> {
  const { dynos } = context.store.rows;
  for (const dyno of await dynos.list({ attached: true })) await dynos.update(dyno.id, { stopping: 'finished' });
}
