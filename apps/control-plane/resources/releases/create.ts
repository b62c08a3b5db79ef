import type { Release, Slug } from '@jangada/core';
import { PlatformError } from '@jangada/platform-api';
import type { CreateReleaseRequest } from '@jangada/platform-api/requests';
import { isUuid, requireApp } from '../../auth/require-app.ts';
import { releaseTexts } from '../../changes/api-log.ts';
import { type AppChange, changeApp } from '../../changes/change-app.ts';
import type { Context } from '../../context.ts';
import type { AppCall } from '../../http/route.ts';
import { shareSlug } from '../slugs/share.ts';
import { appendRelease } from './append.ts';
import { findRelease } from './find.ts';
import { currentConfigVars } from './newest.ts';
import { isEligibleForRollback } from './present.ts';

/** Makes a release out of an earlier one (`release`, a rollback) or out of a slug. */
export async function createRelease(call: AppCall<CreateReleaseRequest>): Promise<Release> {
  const { context, actor, app, body } = call;
  if (body.release === undefined && body.slug === undefined) {
    throw new PlatformError('invalid_params', 'Name a "release" to roll back to, or a "slug" to release.');
  }
  const slug = body.release === undefined ? await requireSlug(call, body.slug ?? '') : null;
  return changeApp(context, actor, app.id, async (change) => {
    const content =
      slug === null
        ? await contentOfRollback(change, String(body.release))
        : await contentOfSlug(context, change, slug, body.description);
    const release = await appendRelease(context, change.tx, {
      app: change.app,
      actorId: actor.account.id,
      ...content,
    });
    change.log(...releaseTexts(release, actor.account.email));
    return release;
  });
}

type Content = Pick<Release, 'slugId' | 'configVars' | 'description'>;

/** A rollback copies slug and config vars (behaviour 6). */
async function contentOfRollback({ tx, app }: AppChange, asked: string): Promise<Content> {
  const target = await findRelease(tx, app.id, asked);
  if (!isEligibleForRollback(target)) {
    throw new PlatformError('invalid_params', `Cannot roll back to v${target.version}: ${whyNot(target)}`);
  }
  return { slugId: target.slugId, configVars: target.configVars, description: `Rollback to v${target.version}` };
}

function whyNot({ slugId, status }: Release): string {
  if (slugId === null) return 'it has no slug. Choose a release made by a deploy or after one.';
  if (status === 'expired') return 'its slug has expired. Deploy that code again instead.';
  return `its status is ${status}. Choose a release that succeeded.`;
}

/** A slug with content, of this app or of another that the caller may deploy. */
async function requireSlug({ context, actor, app }: AppCall, asked: string): Promise<Slug> {
  const slug = isUuid(asked) ? await context.store.rows.slugs.get(asked) : null;
  if (!slug) throw new PlatformError('not_found', "Couldn't find that slug.", { resource: 'slug' });
  if (slug.digest === null && slug.images === null) {
    throw new PlatformError('invalid_params', 'This slug has no content yet. Upload its archive to its blob first.');
  }
  if (slug.appId !== app.id) await requireApp(context, actor, slug.appId, 'deploy');
  return slug;
}

/** As on Heroku, a slug can be released on another app. */
async function contentOfSlug(
  context: Context,
  { tx, app }: AppChange,
  slug: Slug,
  description = describeSlug(slug),
): Promise<Content> {
  const own = slug.appId === app.id ? slug : await shareSlug(context, tx, slug, app);
  return { slugId: own.id, configVars: await currentConfigVars(tx, app.id), description };
}

function describeSlug(slug: Slug): string {
  return `Deploy ${(slug.commit ?? slug.id).slice(0, 8)}`;
}
