import { CreatePipelineRequest, UpdatePipelineRequest } from '@jangada/platform-api/requests';
import { type Page, pageOf } from '../../http/page.ts';
import { type AccountCall, accountRoute } from '../../http/route.ts';
import { stackReference } from '../stacks/catalog.ts';
import { visibleApps } from './apps.ts';
import { createPipeline } from './create.ts';
import { destroyPipeline } from './destroy.ts';
import { requirePipeline, visiblePipelines } from './find.ts';
import { latestBuilds, latestDeployments, latestReleases } from './latest.ts';
import { presentPipeline } from './present.ts';
import { updatePipeline } from './update.ts';

export const pipelineRoutes = [
  accountRoute({ method: 'GET', path: '/pipelines', handle: list }),
  accountRoute({
    method: 'POST',
    path: '/pipelines',
    body: CreatePipelineRequest,
    status: 201,
    handle: async (call) => presentPipeline(await createPipeline(call)),
  }),
  accountRoute({
    method: 'GET',
    path: '/pipelines/:pipeline',
    handle: async (call) => presentPipeline(await requirePipeline(call, call.params['pipeline'] ?? '')),
  }),
  accountRoute({
    method: 'PATCH',
    path: '/pipelines/:pipeline',
    body: UpdatePipelineRequest,
    handle: async (call) => presentPipeline(await updatePipeline(call)),
  }),
  accountRoute({
    method: 'DELETE',
    path: '/pipelines/:pipeline',
    handle: async (call) => presentPipeline(await destroyPipeline(call)),
  }),
  accountRoute({ method: 'GET', path: '/pipelines/:pipeline/latest-releases', handle: latestReleases }),
  accountRoute({ method: 'GET', path: '/pipelines/:pipeline/latest-deployments', handle: latestDeployments }),
  accountRoute({ method: 'GET', path: '/pipelines/:pipeline/latest-builds', handle: latestBuilds }),
  accountRoute({ method: 'GET', path: '/pipelines/:pipeline/pipeline-stack', handle: stack }),
];

/** The pipelines that the caller sees; `?eq[name]=` picks by name, as the CLI does (cli-contract 4). */
async function list(call: AccountCall): Promise<Page> {
  const wanted = call.query['eq[name]'];
  const pipelines = await visiblePipelines(call.context.store.rows, call.actor.account.id);
  const picked = wanted === undefined ? pipelines : pipelines.filter(({ name }) => name === wanted);
  return pageOf(call, { id: 'uuid', name: 'text' }, picked, (items) => items.map(presentPipeline));
}

/** What new apps of the pipeline are built for: the stack of the most downstream one that the caller has access to. */
async function stack(call: AccountCall): Promise<object> {
  const pipeline = await requirePipeline(call, call.params['pipeline'] ?? '');
  const [last] = await visibleApps(call.context.store.rows, pipeline, call.actor.account.id);
  return { stack: last ? stackReference(last.app.buildStack) : null };
}
