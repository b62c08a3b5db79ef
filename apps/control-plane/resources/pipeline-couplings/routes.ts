import type { PipelineCoupling } from '@jangada/core';
import { CreatePipelineCouplingRequest, UpdatePipelineCouplingRequest } from '@jangada/platform-api/requests';
import { type Page, pageOf } from '../../http/page.ts';
import { type AccountCall, accountRoute, appRoute } from '../../http/route.ts';
import { requirePipeline, visiblePipelines } from '../pipelines/find.ts';
import { createCoupling } from './create.ts';
import { destroyCoupling } from './destroy.ts';
import { couplingNotFound, findCoupling } from './find.ts';
import { presentCouplings } from './present.ts';
import { updateCoupling } from './update.ts';

export const pipelineCouplingRoutes = [
  accountRoute({ method: 'GET', path: '/pipeline-couplings', handle: list }),
  accountRoute({ method: 'GET', path: '/users/~/pipeline-couplings', handle: listOfOwnApps }),
  accountRoute({ method: 'GET', path: '/pipelines/:pipeline/pipeline-couplings', handle: listOfPipeline }),
  accountRoute({
    method: 'POST',
    path: '/pipeline-couplings',
    body: CreatePipelineCouplingRequest,
    status: 201,
    handle: async (call) => presentOne(call, await createCoupling(call)),
  }),
  accountRoute({
    method: 'GET',
    path: '/pipeline-couplings/:coupling',
    handle: async (call) => presentOne(call, await findCoupling(call)),
  }),
  accountRoute({
    method: 'PATCH',
    path: '/pipeline-couplings/:coupling',
    body: UpdatePipelineCouplingRequest,
    handle: async (call) => presentOne(call, await updateCoupling(call)),
  }),
  accountRoute({
    method: 'DELETE',
    path: '/pipeline-couplings/:coupling',
    handle: async (call) => presentOne(call, await destroyCoupling(call)),
  }),
  appRoute({
    method: 'GET',
    path: '/apps/:app/pipeline-couplings',
    permission: 'view',
    async handle(call) {
      const coupling = await call.context.store.rows.pipelineCouplings.find({ appId: call.app.id });
      if (!coupling) throw couplingNotFound();
      return presentOne(call, coupling);
    },
  }),
];

/** Those of every pipeline that the caller sees. */
async function list(call: AccountCall): Promise<Page> {
  const { rows } = call.context.store;
  const pipelines = await visiblePipelines(rows, call.actor.account.id);
  return page(call, await rows.pipelineCouplings.list({ pipelineId: pipelines.map(({ id }) => id) }));
}

/** Those of the apps that the caller owns or collaborates on. */
async function listOfOwnApps(call: AccountCall): Promise<Page> {
  const { rows } = call.context.store;
  const access = await rows.collaborators.list({ accountId: call.actor.account.id });
  return page(call, await rows.pipelineCouplings.list({ appId: access.map(({ appId }) => appId) }));
}

async function listOfPipeline(call: AccountCall): Promise<Page> {
  const { id: pipelineId } = await requirePipeline(call, call.params['pipeline'] ?? '');
  return page(call, await call.context.store.rows.pipelineCouplings.list({ pipelineId }));
}

function page(call: AccountCall, couplings: readonly PipelineCoupling[]): Promise<Page> {
  return pageOf(call, { id: 'uuid' }, couplings, (items) => presentCouplings(call, items));
}

async function presentOne(call: AccountCall, coupling: PipelineCoupling): Promise<object | undefined> {
  return (await presentCouplings(call, [coupling]))[0];
}
