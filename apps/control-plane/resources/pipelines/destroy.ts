import type { Pipeline } from '@jangada/core';
import { recordEvent } from '../../changes/record-event.ts';
import type { AccountCall } from '../../http/route.ts';
import { requireOwnPipeline } from './find.ts';

/** Removes a pipeline with its couplings and promotions. Its apps, and what was promoted to them, stay as they are. */
export async function destroyPipeline(call: AccountCall): Promise<Pipeline> {
  const { context, actor, params } = call;
  const pipeline = await requireOwnPipeline(call, params['pipeline'] ?? '');
  const { id, name } = pipeline;
  await context.store.transaction(async (tx) => {
    await tx.pipelines.delete(id);
    await recordEvent(context, tx, {
      appId: null,
      actorId: actor.account.id,
      entity: 'api:pipeline',
      action: 'destroy',
      data: { id, name },
    });
  });
  return pipeline;
}
