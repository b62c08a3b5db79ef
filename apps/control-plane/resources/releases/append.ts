import type { App, Release, Slug, Transaction } from '@jangada/core';
import { PlatformError } from '@jangada/platform-api';
import { recordEvent } from '../../changes/record-event.ts';
import type { Context } from '../../context.ts';
import { addProcessTypes, dropProcessTypes } from '../formation/process-types.ts';
import { settlePromotionTargets } from '../pipeline-promotions/settle.ts';
import { newestRelease } from './newest.ts';

export interface NewRelease {
  readonly app: App;
  readonly actorId: string;
  readonly slugId: string | null;
  /** The whole config of the release. */
  readonly configVars: Readonly<Record<string, string>>;
  /** `Deploy 582fc95`, `Set FOO config vars`, `Rollback to v46`. */
  readonly description: string;
}

/**
 * Writes the next entry of an app's ledger. The caller holds the app's lock. `pending` when the slug has a release
 * command, which somebody then runs and ends with `finishRelease`; `succeeded` at once otherwise. Writes the event and
 * notifies.
 */
export async function appendRelease(context: Context, tx: Transaction, input: NewRelease): Promise<Release> {
  const { app, slugId } = input;
  const slug = slugId === null ? null : await requireSlug(tx, slugId);
  const hasReleaseCommand = slug !== null && 'release' in slug.processTypes;
  const now = context.clock.now();
  const release = await tx.releases.insert({
    id: context.ids.uuid(),
    appId: app.id,
    version: ((await newestRelease(tx, app.id))?.version ?? 0) + 1,
    slugId,
    configVars: input.configVars,
    description: input.description,
    status: hasReleaseCommand ? 'pending' : 'succeeded',
    userId: input.actorId,
    outputStreamId: hasReleaseCommand ? context.ids.uuid() : null,
    createdAt: now,
    updatedAt: now,
  });
  if (slug) await addProcessTypes(context, tx, app, slug);
  if (!hasReleaseCommand) await takeEffect(context, tx, app, slug);
  await announce(context, tx, release, 'create');
  return release;
}

/**
 * Ends a pending release: `succeeded` makes it the one that the app runs, `failed` leaves the old one serving. The caller
 * holds the app's lock. A release that is not pending any more is returned as it is.
 */
export async function finishRelease(
  context: Context,
  tx: Transaction,
  release: Release,
  status: 'succeeded' | 'failed',
): Promise<Release> {
  const fresh = await tx.releases.get(release.id);
  const app = await tx.apps.get(release.appId);
  if (!fresh || !app || fresh.status !== 'pending') return fresh ?? release;
  const ended = (await tx.releases.update(fresh.id, { status, updatedAt: context.clock.now() })) ?? fresh;
  if (status === 'succeeded') {
    await takeEffect(context, tx, app, ended.slugId === null ? null : await requireSlug(tx, ended.slugId));
  }
  await settlePromotionTargets(context, tx, app, ended);
  await announce(context, tx, ended, 'update');
  return ended;
}

/** Process types that the slug no longer has leave the formation only now, so that a failed release takes none away. */
async function takeEffect(context: Context, tx: Transaction, app: App, slug: Slug | null): Promise<void> {
  if (slug) await dropProcessTypes(tx, app, slug);
  const now = context.clock.now();
  await tx.apps.update(app.id, {
    releasedAt: now,
    updatedAt: now,
    ...(slug ? { slugSize: slug.size, stack: slug.stack, buildpackDescription: slug.buildpackDescription } : {}),
  });
}

async function announce(
  context: Context,
  tx: Transaction,
  release: Release,
  action: 'create' | 'update',
): Promise<void> {
  const { id, version, status, description, slugId } = release;
  await recordEvent(context, tx, {
    appId: release.appId,
    actorId: release.userId,
    entity: 'api:release',
    action,
    data: { id, version, status, description, slugId },
  });
  await tx.notify('app', release.appId);
}

async function requireSlug(tx: Transaction, slugId: string): Promise<Slug> {
  const slug = await tx.slugs.get(slugId);
  if (!slug) throw new PlatformError('not_found', "Couldn't find that slug.", { resource: 'slug' });
  return slug;
}
