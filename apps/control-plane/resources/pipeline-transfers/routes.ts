import { CreatePipelineTransferRequest } from '@jangada/platform-api/requests';
import { accountRoute } from '../../http/route.ts';
import { type PipelineTransfer, transferPipeline } from './create.ts';

export const pipelineTransferRoutes = [
  accountRoute({
    method: 'POST',
    path: '/pipeline-transfers',
    body: CreatePipelineTransferRequest,
    status: 201,
    handle: async (call) => present(await transferPipeline(call)),
  }),
];

function present({ pipelineId, previousOwnerId, newOwnerId }: PipelineTransfer): object {
  return {
    new_owner: { id: newOwnerId, type: 'user' },
    pipeline: { id: pipelineId },
    previous_owner: { id: previousOwnerId, type: 'user' },
  };
}
