import type { Pipeline } from '@jangada/core';
import { PlatformError } from '@jangada/platform-api';
import type { CreatePipelineRequest } from '@jangada/platform-api/requests';
import { recordEvent } from '../../changes/record-event.ts';
import type { AccountCall } from '../../http/route.ts';
import { nameTaken, requirePipelineName } from './name.ts';

/** Makes an empty pipeline, which is its maker's. */
export async function createPipeline(call: AccountCall<CreatePipelineRequest>): Promise<Pipeline> {
  const { context, actor, body } = call;
  const name = requirePipelineName(body.name);
  requireOwner(call);
  requireGeneration(body.generation?.name ?? 'cedar');
  const now = context.clock.now();
  return context.store
    .transaction(async (tx) => {
      const ownerId = actor.account.id;
      const pipeline = await tx.pipelines.insert({
        id: context.ids.uuid(),
        name,
        ownerId,
        createdAt: now,
        updatedAt: now,
      });
      const data = { id: pipeline.id, name };
      await recordEvent(context, tx, {
        appId: null,
        actorId: ownerId,
        entity: 'api:pipeline',
        action: 'create',
        data,
      });
      return pipeline;
    })
    .catch((error: unknown) => {
      throw nameTaken(error, name);
    });
}

function requireOwner({ actor, body: { owner } }: AccountCall<CreatePipelineRequest>): void {
  if (!owner || (owner.type === 'user' && owner.id === actor.account.id)) return;
  const message =
    owner.type === 'user'
      ? 'A pipeline is made by its owner: leave "owner" out, or name yourself.'
      : 'There are no teams on this Jangada: a pipeline belongs to an account. Leave the team out.';
  throw new PlatformError('invalid_params', message);
}

function requireGeneration(name: string): void {
  if (name === 'cedar') return;
  throw new PlatformError('invalid_params', `There is no generation ${name} here: every app is of cedar.`);
}
