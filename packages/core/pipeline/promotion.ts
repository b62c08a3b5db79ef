import type { Release } from '../release/release.ts';
import type { Slug } from '../slug/slug.ts';

/** What one app runs, on its way to others of its pipeline. It is over when none of its targets is pending. */
export interface PipelinePromotion {
  readonly id: string;
  readonly pipelineId: string;
  readonly sourceAppId: string;
  readonly sourceReleaseId: string;
  readonly userId: string;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

export type PromotionTargetStatus = 'pending' | 'succeeded' | 'failed';

/** One app that is promoted to. */
export interface PipelinePromotionTarget {
  readonly id: string;
  readonly promotionId: string;
  readonly appId: string;
  /** What the promotion released there; null when it could not. */
  readonly releaseId: string | null;
  /** `pending` while the release command runs. */
  readonly status: PromotionTargetStatus;
  /** Why it failed, in a sentence. */
  readonly errorMessage: string | null;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

/** Heroku's text of a release that a promotion made: `Promote shop-staging v12 582fc95a`. */
export function promotionDescription(sourceName: string, { version }: Release, slug: Slug): string {
  return `Promote ${sourceName} v${version} ${(slug.commit ?? slug.id).slice(0, 8)}`;
}
