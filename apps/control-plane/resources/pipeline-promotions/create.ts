import {
  type App,
  type PipelinePromotion,
  type PipelinePromotionTarget,
  promotionDescription,
  type Release,
  type Slug,
  type Transaction,
} from '@jangada/core';
import { PlatformError } from '@jangada/platform-api';
import type { CreatePipelinePromotionRequest } from '@jangada/platform-api/requests';
import { logApi, releaseTexts } from '../../changes/api-log.ts';
import { recordEvent } from '../../changes/record-event.ts';
import type { AccountCall } from '../../http/route.ts';
import { appendRelease } from '../releases/append.ts';
import { findRelease } from '../releases/find.ts';
import { currentConfigVars, currentRelease } from '../releases/newest.ts';
import { isEligibleForRollback } from '../releases/present.ts';
import { shareSlug } from '../slugs/share.ts';
import { type OrderedTarget, type PromotionOrder, readOrder } from './read-request.ts';
import { outcomeOf, type TargetOutcome } from './settle.ts';

type Call = AccountCall<CreatePipelinePromotionRequest>;

/** A promotion with its targets. */
export interface Promoted {
  readonly promotion: PipelinePromotion;
  readonly targets: readonly PipelinePromotionTarget[];
}

/** What is promoted. */
interface Cargo {
  readonly release: Release;
  readonly slug: Slug;
  readonly description: string;
}

/**
 * Releases what one app runs on others of its pipeline: the same slug, their own config vars. The promotion, its targets and
 * their releases are one transaction, so that there is no half of it to go on with after a crash; a release command then gates
 * each target by itself, and its end is the end of the target.
 */
export async function createPromotion(call: Call): Promise<Promoted> {
  const { context, actor } = call;
  const order = await readOrder(call);
  const { promoted, releases } = await context.store.transaction(async (tx) => {
    const apps = await lockTargets(tx, order);
    const cargo = await cargoOf(call, tx, order.source);
    const promotion = await insertPromotion(call, tx, order, cargo);
    const targets: PipelinePromotionTarget[] = [];
    const releases: Release[] = [];
    for (const { app, refusal } of order.targets) {
      const fresh = apps.get(app.id);
      // Deleted meanwhile: its part of the promotion would have gone with it.
      if (!fresh) continue;
      const { release, outcome } = await releaseOn(call, tx, { app: fresh, refusal }, cargo);
      if (release) releases.push(release);
      targets.push(await insertTarget(call, tx, promotion, fresh, release, outcome));
    }
    return { promoted: { promotion, targets }, releases };
  });
  for (const release of releases) await logApi(context, release.appId, releaseTexts(release, actor.account.email));
  return promoted;
}

/** The targets, held until all is written. In one order, so that two promotions never wait for each other. */
async function lockTargets(tx: Transaction, { targets }: PromotionOrder): Promise<ReadonlyMap<string, App>> {
  const ids = targets.map(({ app }) => app.id).toSorted();
  for (const id of ids) await tx.lock(id);
  return new Map((await tx.apps.list({ id: ids })).map((app) => [app.id, app]));
}

/** Throws `invalid_params` when the source runs nothing that could run elsewhere, `not_found` for a release that is not its. */
async function cargoOf({ body }: Call, tx: Transaction, source: App): Promise<Cargo> {
  const asked = body.source.release?.id;
  const release = asked === undefined ? await currentRelease(tx, source.id) : await findRelease(tx, source.id, asked);
  if (!release || !isEligibleForRollback(release)) {
    const what =
      asked === undefined || !release ? 'it runs no code yet' : `v${release.version} has no code that can run`;
    throw new PlatformError('invalid_params', `Cannot promote from ${source.name}: ${what}. Deploy to it first.`);
  }
  const slug = await tx.slugs.get(release.slugId ?? '');
  if (!slug) throw new PlatformError('not_found', "Couldn't find that slug.", { resource: 'slug' });
  return { release, slug, description: promotionDescription(source.name, release, slug) };
}

async function releaseOn(
  { context, actor }: Call,
  tx: Transaction,
  { app, refusal }: OrderedTarget,
  { slug, description }: Cargo,
): Promise<{ readonly release: Release | null; readonly outcome: TargetOutcome }> {
  const errorMessage = refusal ?? whyNot(app, slug);
  if (errorMessage !== null) return { release: null, outcome: { status: 'failed', errorMessage } };
  const shared = await shareSlug(context, tx, slug, app);
  const configVars = await currentConfigVars(tx, app.id);
  const actorId = actor.account.id;
  const release = await appendRelease(context, tx, { app, actorId, slugId: shared.id, configVars, description });
  return { release, outcome: outcomeOf(app, release) };
}

/** An app asked for another kind of code (`stack:set`) does not get this kind behind its owner's back. */
function whyNot({ name, buildStack }: App, { stack }: Slug): string | null {
  if (buildStack === stack) return null;
  const set = `heroku stack:set ${stack} -a ${name}`;
  return `${name} is on the stack ${buildStack}, and this was built for ${stack}. Change it, then promote again: ${set}`;
}

async function insertPromotion(
  { context, actor }: Call,
  tx: Transaction,
  { pipeline, source, targets }: PromotionOrder,
  { release }: Cargo,
): Promise<PipelinePromotion> {
  const now = context.clock.now();
  const promotion = await tx.pipelinePromotions.insert({
    id: context.ids.uuid(),
    pipelineId: pipeline.id,
    sourceAppId: source.id,
    sourceReleaseId: release.id,
    userId: actor.account.id,
    createdAt: now,
    updatedAt: now,
  });
  const data = { id: promotion.id, pipelineId: pipeline.id, targetIds: targets.map(({ app }) => app.id) };
  const event = { appId: source.id, actorId: actor.account.id, entity: 'api:pipeline-promotion', data };
  await recordEvent(context, tx, { ...event, action: 'create' });
  return promotion;
}

function insertTarget(
  { context }: Call,
  tx: Transaction,
  promotion: PipelinePromotion,
  app: App,
  release: Release | null,
  outcome: TargetOutcome,
): Promise<PipelinePromotionTarget> {
  const now = context.clock.now();
  return tx.pipelinePromotionTargets.insert({
    id: context.ids.uuid(),
    promotionId: promotion.id,
    appId: app.id,
    releaseId: release?.id ?? null,
    ...outcome,
    createdAt: now,
    updatedAt: now,
  });
}
