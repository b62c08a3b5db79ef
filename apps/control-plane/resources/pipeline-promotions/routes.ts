import { isPlatformError, PlatformError } from '@jangada/platform-api';
import { CreatePipelinePromotionRequest } from '@jangada/platform-api/requests';
import { isUuid } from '../../auth/require-app.ts';
import { pageOf } from '../../http/page.ts';
import { type AccountCall, accountRoute } from '../../http/route.ts';
import { requirePipeline } from '../pipelines/find.ts';
import { createPromotion, type Promoted } from './create.ts';
import { presentPromotion, presentTarget } from './present.ts';

export const pipelinePromotionRoutes = [
  accountRoute({
    method: 'POST',
    path: '/pipeline-promotions',
    body: CreatePipelinePromotionRequest,
    status: 201,
    handle: async (call) => presentPromotion(await createPromotion(call)),
  }),
  accountRoute({
    method: 'GET',
    path: '/pipeline-promotions/:promotion',
    handle: async (call) => presentPromotion(await findPromotion(call)),
  }),
  accountRoute({
    method: 'GET',
    path: '/pipeline-promotions/:promotion/promotion-targets',
    async handle(call) {
      const { targets } = await findPromotion(call);
      return pageOf(call, { id: 'uuid' }, targets, (items) => items.map(presentTarget));
    },
  }),
];

/** The promotion of the path, if the caller sees its pipeline. Throws `not_found`. */
async function findPromotion(call: AccountCall): Promise<Promoted> {
  const { rows } = call.context.store;
  const id = (call.params['promotion'] ?? '').toLowerCase();
  const promotion = isUuid(id) ? await rows.pipelinePromotions.get(id) : null;
  if (!promotion) throw promotionNotFound();
  await requirePipeline(call, promotion.pipelineId).catch((error: unknown) => {
    throw isPlatformError(error, 'not_found') ? promotionNotFound() : error;
  });
  return { promotion, targets: await rows.pipelinePromotionTargets.list({ promotionId: promotion.id }) };
}

function promotionNotFound(): PlatformError {
  return new PlatformError('not_found', "Couldn't find that pipeline promotion.", { resource: 'pipeline_promotion' });
}
