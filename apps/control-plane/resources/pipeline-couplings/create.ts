import type { PipelineCoupling } from '@jangada/core';
import { PlatformError } from '@jangada/platform-api';
import type { CreatePipelineCouplingRequest } from '@jangada/platform-api/requests';
import { requireApp } from '../../auth/require-app.ts';
import { changeApp } from '../../changes/change-app.ts';
import type { AccountCall } from '../../http/route.ts';
import { requirePipeline } from '../pipelines/find.ts';
import { requireStage } from './stage.ts';

/** Puts an app, which is in no pipeline yet, into one at a stage. */
export async function createCoupling(call: AccountCall<CreatePipelineCouplingRequest>): Promise<PipelineCoupling> {
  const { context, actor, body } = call;
  const stage = requireStage(body.stage);
  const app = await requireApp(context, actor, body.app, 'operate');
  const pipeline = await requirePipeline(call, body.pipeline);
  return changeApp(context, actor, app.id, async ({ tx, event }) => {
    if (await tx.pipelineCouplings.find({ appId: app.id })) {
      throw new PlatformError(
        'invalid_params',
        `${app.name} is in a pipeline already. Take it out first: heroku pipelines:remove -a ${app.name}`,
      );
    }
    const now = context.clock.now();
    const coupling = await tx.pipelineCouplings.insert({
      id: context.ids.uuid(),
      appId: app.id,
      pipelineId: pipeline.id,
      stage,
      createdAt: now,
      updatedAt: now,
    });
    await event('api:pipeline-coupling', 'create', { id: coupling.id, pipelineId: pipeline.id, stage });
    return coupling;
  });
}
