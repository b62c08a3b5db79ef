import type { PipelineCoupling } from '@jangada/core';
import { changeApp } from '../../changes/change-app.ts';
import type { AccountCall } from '../../http/route.ts';
import { couplingNotFound, requireCoupling } from './find.ts';

/** Takes an app out of its pipeline, which stays, even when it was the last one: it was made empty too. */
export async function destroyCoupling(call: AccountCall): Promise<PipelineCoupling> {
  const { context, actor } = call;
  const coupling = await requireCoupling(call, 'operate');
  const { id, appId, pipelineId, stage } = coupling;
  return changeApp(context, actor, appId, async ({ tx, event }) => {
    if (!(await tx.pipelineCouplings.delete(id))) throw couplingNotFound();
    await event('api:pipeline-coupling', 'destroy', { id, pipelineId, stage });
    return coupling;
  });
}
