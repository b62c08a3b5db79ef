import type { PipelineCoupling as CouplingShape } from '@heroku-cli/schema';
import type { PipelineCoupling } from '@jangada/core';
import type { AccountCall } from '../../http/route.ts';

/** The name of the pipeline is not in the published shape, but `pipelines:promote` and `apps:info` show it. */
type CouplingAnswer = CouplingShape & { readonly pipeline: { readonly id: string; readonly name: string } };

/** Couplings in order. Apps are told by their id alone: whoever sees a pipeline need not have access to all of them. */
export async function presentCouplings(
  { context }: AccountCall,
  couplings: readonly PipelineCoupling[],
): Promise<readonly CouplingAnswer[]> {
  const ids = [...new Set(couplings.map(({ pipelineId }) => pipelineId))];
  const names = new Map((await context.store.rows.pipelines.list({ id: ids })).map(({ id, name }) => [id, name]));
  return couplings.map(({ id, appId, pipelineId, stage, createdAt, updatedAt }) => ({
    app: { id: appId },
    created_at: createdAt.toISOString(),
    id,
    pipeline: { id: pipelineId, name: names.get(pipelineId) ?? '' },
    stage,
    updated_at: updatedAt.toISOString(),
  }));
}
