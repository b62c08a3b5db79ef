import type { Release, Slug } from '@jangada/core';
import { PlatformError } from '@jangada/platform-api';
import type { CreateReleaseRequest } from '@jangada/platform-api/requests';
import { isUuid, requireApp } from '../../auth/require-app.ts';
import { releaseTexts } from '../../changes/api-log.ts';
import { type AppChange, changeApp } from '../../changes/change-app.ts';
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
  return changeApp(context, actor, app.id, async (change) => {
    const content =
      body.release === undefined
        ? await contentOfSlug(call, change, body.slug ?? '', body.description)
        : await contentOfRollback(change, String(body.release));
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

async function contentOfSlug(
  { context, actor }: AppCall,
  { tx, app }: AppChange,
  asked: string,
  description?: string,
): Promise<Content> {
  const found = isUuid(asked) ? await tx.slugs.get(asked) : null;
  if (!found) throw new PlatformError('not_found', "Couldn't find that slug.", { resource: 'slug' });
  if (found.digest === null && found.images === null) {
    throw new PlatformError('invalid_params', 'This slug has no content yet. Upload its archive to its blob first.');
  }
  let slug = found;
  if (found.appId !== app.id) {
    // As on Heroku, a slug can be released on another app.
    await requireApp(context, actor, found.appId, 'deploy');
    slug = await shareSlug(context, tx, found, app);
  }
  return {
    slugId: slug.id,
    configVars: await currentConfigVars(tx, app.id),
    description: description ?? describeSlug(slug),
  };
}

function describeSlug(slug: Slug): string {
  return `Deploy ${(slug.commit ?? slug.id).slice(0, 8)}`;
}
