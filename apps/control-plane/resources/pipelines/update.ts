import type { Pipeline } from '@jangada/core';
import type { UpdatePipelineRequest } from '@jangada/platform-api/requests';
import { recordEvent } from '../../changes/record-event.ts';
import type { AccountCall } from '../../http/route.ts';
import { pipelineNotFound, requireOwnPipeline } from './find.ts';
import { nameTaken, requirePipelineName } from './name.ts';

/** Renames a pipeline. */
export async function updatePipeline(call: AccountCall<UpdatePipelineRequest>): Promise<Pipeline> {
  const { context, actor, body, params } = call;
  const pipeline = await requireOwnPipeline(call, params['pipeline'] ?? '');
  const name = body.name === undefined ? pipeline.name : requirePipelineName(body.name);
  return context.store
    .transaction(async (tx) => {
      const updated = await tx.pipelines.update(pipeline.id, { name, updatedAt: context.clock.now() });
      if (!updated) throw pipelineNotFound();
      await recordEvent(context, tx, {
        appId: null,
        actorId: actor.account.id,
        entity: 'api:pipeline',
        action: 'update',
        data: { id: pipeline.id, name },
      });
      return updated;
    })
    .catch((error: unknown) => {
      throw nameTaken(error, name);
    });
}
