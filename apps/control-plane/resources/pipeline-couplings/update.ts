import type { PipelineCoupling } from '@jangada/core';
import type { UpdatePipelineCouplingRequest } from '@jangada/platform-api/requests';
import { changeApp } from '../../changes/change-app.ts';
import type { AccountCall } from '../../http/route.ts';
import { couplingNotFound, requireCoupling } from './find.ts';
import { requireStage } from './stage.ts';

/** Moves an app to another stage of its pipeline. */
export async function updateCoupling(call: AccountCall<UpdatePipelineCouplingRequest>): Promise<PipelineCoupling> {
  const { context, actor, body } = call;
  const { id, appId, pipelineId, ...old } = await requireCoupling(call, 'operate');
  const stage = body.stage === undefined ? old.stage : requireStage(body.stage);
  return changeApp(context, actor, appId, async ({ tx, event }) => {
    const updated = await tx.pipelineCouplings.update(id, { stage, updatedAt: context.clock.now() });
    if (!updated) throw couplingNotFound();
    await event('api:pipeline-coupling', 'update', { id, pipelineId, stage });
    return updated;
  });
}
