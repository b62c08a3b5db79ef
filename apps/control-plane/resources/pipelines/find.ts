import type { Pipeline, Rows } from '@jangada/core';
import { PlatformError } from '@jangada/platform-api';
import { isUuid } from '../../auth/require-app.ts';
import type { AccountCall } from '../../http/route.ts';

/**
 * The pipeline with this name or id, if the caller may see it: its owner, and whoever has access to one of its apps. Throws
 * `not_found` otherwise, so that names cannot be probed.
 */
export async function requirePipeline({ context, actor }: AccountCall, nameOrId: string): Promise<Pipeline> {
  const { rows } = context.store;
  const pipeline = await findPipeline(rows, nameOrId);
  if (pipeline && (await isVisible(rows, pipeline, actor.account.id))) return pipeline;
  throw pipelineNotFound();
}

/** The same, for what only its owner may do. Throws `forbidden` to others who see it. */
export async function requireOwnPipeline(call: AccountCall, nameOrId: string): Promise<Pipeline> {
  const pipeline = await requirePipeline(call, nameOrId);
  if (pipeline.ownerId === call.actor.account.id) return pipeline;
  throw new PlatformError('forbidden', `Only the owner of the pipeline ${pipeline.name} can do that. Ask them to.`, {
    resource: 'pipeline',
  });
}

export function pipelineNotFound(): PlatformError {
  return new PlatformError('not_found', "Couldn't find that pipeline.", { resource: 'pipeline' });
}

/** Every pipeline that an account sees. */
export async function visiblePipelines(rows: Rows, accountId: string): Promise<readonly Pipeline[]> {
  const access = await rows.collaborators.list({ accountId });
  const couplings = await rows.pipelineCouplings.list({ appId: access.map(({ appId }) => appId) });
  const owned = await rows.pipelines.list({ ownerId: accountId });
  const joined = await rows.pipelines.list({ id: couplings.map(({ pipelineId }) => pipelineId) });
  return [...new Map([...owned, ...joined].map((pipeline) => [pipeline.id, pipeline])).values()];
}

async function isVisible(rows: Rows, { id, ownerId }: Pipeline, accountId: string): Promise<boolean> {
  if (ownerId === accountId) return true;
  const couplings = await rows.pipelineCouplings.list({ pipelineId: id });
  return (await rows.collaborators.count({ accountId, appId: couplings.map(({ appId }) => appId) })) > 0;
}

function findPipeline(rows: Rows, nameOrId: string): Promise<Pipeline | null> {
  return isUuid(nameOrId) ? rows.pipelines.get(nameOrId.toLowerCase()) : rows.pipelines.find({ name: nameOrId });
}
