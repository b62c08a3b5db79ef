import type { PipelinePromotion as PromotionShape, PipelinePromotionTarget as TargetShape } from '@heroku-cli/schema';
import type { PipelinePromotionTarget } from '@jangada/core';
import type { Promoted } from './create.ts';

/** A promotion is completed when none of its targets is pending, whatever became of them. */
export function presentPromotion({ promotion, targets }: Promoted): PromotionShape {
  const { id, pipelineId, sourceAppId, sourceReleaseId, createdAt, updatedAt } = promotion;
  const changed = Math.max(...[updatedAt, ...targets.map((target) => target.updatedAt)].map((at) => at.getTime()));
  return {
    created_at: createdAt.toISOString(),
    id,
    pipeline: { id: pipelineId },
    source: { app: { id: sourceAppId }, release: { id: sourceReleaseId } },
    status: targets.some(({ status }) => status === 'pending') ? 'pending' : 'completed',
    updated_at: new Date(changed).toISOString(),
  };
}

export function presentTarget(target: PipelinePromotionTarget): TargetShape {
  return {
    app: { id: target.appId },
    error_message: target.errorMessage,
    id: target.id,
    pipeline_promotion: { id: target.promotionId },
    release: target.releaseId === null ? null : { id: target.releaseId },
    status: target.status,
  };
}
