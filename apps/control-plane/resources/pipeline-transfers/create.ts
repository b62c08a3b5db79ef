import type { Account, App, Pipeline, Transaction } from '@jangada/core';
import { PlatformError } from '@jangada/platform-api';
import type { CreatePipelineTransferRequest } from '@jangada/platform-api/requests';
import { logApi } from '../../changes/api-log.ts';
import { recordEvent } from '../../changes/record-event.ts';
import type { AccountCall } from '../../http/route.ts';
import { requireKnown } from '../account/known.ts';
import { handOver } from '../apps/hand-over.ts';
import { pipelineNotFound, requireOwnPipeline } from '../pipelines/find.ts';

type Call = AccountCall<CreatePipelineTransferRequest>;

/** A pipeline that changed hands. */
export interface PipelineTransfer {
  readonly pipelineId: string;
  readonly previousOwnerId: string;
  readonly newOwnerId: string;
}

/**
 * Gives a pipeline, and the apps in it, to another account, in one transaction. Throws `forbidden` to whoever does not own the
 * pipeline, `not_found` for an account that the caller shares no app with, `invalid_params` while an app in it is of a third.
 */
export async function transferPipeline(call: Call): Promise<PipelineTransfer> {
  const { context, actor, body } = call;
  const pipeline = await requireOwnPipeline(call, body.pipeline.id);
  const heir = await requireHeir(call);
  const apps = await context.store.transaction(async (tx) => {
    const apps = await lockApps(tx, pipeline, heir);
    for (const app of apps) {
      await handOver(context, tx, app, heir);
      await event(call, tx, 'api:app', app.id, { id: app.id, ownerId: heir.id });
      await tx.notify('app', app.id);
    }
    const updated = await tx.pipelines.update(pipeline.id, { ownerId: heir.id, updatedAt: context.clock.now() });
    if (!updated) throw pipelineNotFound();
    await event(call, tx, 'api:pipeline', null, { id: pipeline.id, ownerId: heir.id });
    return apps;
  });
  for (const { id } of apps) await logApi(context, id, [`Transfer to ${heir.email} by user ${actor.account.email}`]);
  return { pipelineId: pipeline.id, previousOwnerId: actor.account.id, newOwnerId: heir.id };
}

async function requireHeir(call: Call): Promise<Account> {
  const { id, type } = call.body.new_owner;
  if (type !== 'user') {
    const message = 'There are no teams on this Jangada: a pipeline belongs to an account. Name one, of type "user".';
    throw new PlatformError('invalid_params', message);
  }
  const heir = await requireKnown(call, id);
  if (heir.id !== call.actor.account.id) return heir;
  throw new PlatformError('invalid_params', 'You own this pipeline already. Name another account.');
}

/** The apps that change hands: those of the pipeline's owner. */
async function lockApps(
  tx: Transaction,
  { id: pipelineId, ownerId }: Pipeline,
  heir: Account,
): Promise<readonly App[]> {
  const couplings = await tx.pipelineCouplings.list({ pipelineId });
  const ids = couplings.map(({ appId }) => appId).toSorted();
  for (const id of ids) await tx.lock(id);
  const apps = await tx.apps.list({ id: ids });
  const others = apps.filter((app) => app.ownerId !== ownerId && app.ownerId !== heir.id).length;
  if (others > 0) {
    const which = others === 1 ? 'One app of this pipeline is' : `${others} apps of this pipeline are`;
    const message = `${which} not yours to give. Their owners take them out with: heroku pipelines:remove -a APP`;
    throw new PlatformError('invalid_params', message);
  }
  return apps.filter((app) => app.ownerId === ownerId);
}

function event(
  { context, actor }: Call,
  tx: Transaction,
  entity: string,
  appId: string | null,
  data: Readonly<Record<string, unknown>>,
): Promise<void> {
  return recordEvent(context, tx, { appId, actorId: actor.account.id, entity, action: 'update', data });
}
