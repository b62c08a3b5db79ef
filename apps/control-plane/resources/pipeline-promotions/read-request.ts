import type { App, Pipeline } from '@jangada/core';
import { isPlatformError, PlatformError } from '@jangada/platform-api';
import type { CreatePipelinePromotionRequest } from '@jangada/platform-api/requests';
import { isUuid, requireApp } from '../../auth/require-app.ts';
import type { AccountCall } from '../../http/route.ts';
import { requirePipeline } from '../pipelines/find.ts';

/** What a promotion is asked to do. */
export interface PromotionOrder {
  readonly pipeline: Pipeline;
  readonly source: App;
  readonly targets: readonly OrderedTarget[];
}

export interface OrderedTarget {
  readonly app: App;
  /** Why the caller may not deploy it; null when they may. */
  readonly refusal: string | null;
}

type Call = AccountCall<CreatePipelinePromotionRequest>;

/**
 * Reads who is promoted to whom. Throws `not_found` or `forbidden` when the source is not the caller's to deploy,
 * `invalid_params` for apps outside the pipeline and for a promotion to itself. Targets that the caller may not deploy are no
 * error of the whole: the others go on.
 */
export async function readOrder(call: Call): Promise<PromotionOrder> {
  const { context, actor, body } = call;
  const pipeline = await requirePipeline(call, body.pipeline.id);
  const source = await requireApp(context, actor, body.source.app.id, 'deploy');
  const apps = await appsOf(call, pipeline);
  if (!apps.some(({ id }) => id === source.id)) throw outside(source.name, pipeline);
  const wanted = body.targets.map(({ app: { id: asked } }) => {
    const app = apps.find(({ id, name }) => (isUuid(asked) ? id === asked.toLowerCase() : name === asked));
    if (!app) throw outside(asked.slice(0, 80), pipeline);
    if (app.id !== source.id) return app;
    throw new PlatformError('invalid_params', `${app.name} cannot be promoted to itself. Choose another target.`);
  });
  const targets = await Promise.all([...new Set(wanted)].map((app) => ordered(call, app)));
  return { pipeline, source, targets };
}

async function appsOf({ context }: Call, { id: pipelineId }: Pipeline): Promise<readonly App[]> {
  const { rows } = context.store;
  const couplings = await rows.pipelineCouplings.list({ pipelineId });
  return rows.apps.list({ id: couplings.map(({ appId }) => appId) });
}

async function ordered({ context, actor }: Call, app: App): Promise<OrderedTarget> {
  const refusal = await requireApp(context, actor, app.id, 'deploy').then(
    () => null,
    (error: unknown) => {
      if (isPlatformError(error, 'forbidden')) return error.message;
      if (!isPlatformError(error, 'not_found')) throw error;
      return 'You have no access to that app. Ask its owner to grant it with `heroku access:add`.';
    },
  );
  return { app, refusal };
}

function outside(name: string, pipeline: Pipeline): PlatformError {
  return new PlatformError(
    'invalid_params',
    `${name} is not in the pipeline ${pipeline.name}. Add it first: heroku pipelines:add ${pipeline.name} -a APP`,
  );
}
