import type { App, PromotionTargetStatus, Release, Transaction } from '@jangada/core';
import type { Context } from '../../context.ts';

/** What a target of a promotion has come to with its release. */
export interface TargetOutcome {
  readonly status: PromotionTargetStatus;
  readonly errorMessage: string | null;
}

export function outcomeOf(app: App, { status, version }: Release): TargetOutcome {
  if (status === 'pending') return { status, errorMessage: null };
  if (status !== 'failed') return { status: 'succeeded', errorMessage: null };
  const see = `heroku releases:output v${version} -a ${app.name}`;
  return { status, errorMessage: `The release command of v${version} failed, the old release goes on. See: ${see}` };
}

/** Ends the targets of promotions that waited for this release, in the transaction that ends it. */
export async function settlePromotionTargets(
  context: Context,
  tx: Transaction,
  app: App,
  release: Release,
): Promise<void> {
  const targets = await tx.pipelinePromotionTargets.list({ releaseId: release.id, status: 'pending' });
  const change = { ...outcomeOf(app, release), updatedAt: context.clock.now() };
  for (const { id } of targets) await tx.pipelinePromotionTargets.update(id, change);
}
