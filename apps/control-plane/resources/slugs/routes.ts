import type { Slug as SlugShape } from '@heroku-cli/schema';
import type { Slug } from '@jangada/core';
import { PlatformError } from '@jangada/platform-api';
import { isUuid } from '../../auth/require-app.ts';
import { appRoute } from '../../http/route.ts';
import { stackReference } from '../stacks/catalog.ts';

export const slugRoutes = [
  appRoute({
    method: 'GET',
    path: '/apps/:app/slugs/:slug',
    permission: 'deploy',
    async handle({ context, app, params }) {
      const asked = params['slug'] ?? '';
      const slug = isUuid(asked) ? await context.store.rows.slugs.get(asked) : null;
      if (slug?.appId !== app.id) {
        throw new PlatformError('not_found', "Couldn't find that slug.", { resource: 'slug' });
      }
      return presentSlug(slug);
    },
  }),
];

/** A slug is a squashfs image that stays on the platform's own disks: there is no `blob` to download. */
function presentSlug(slug: Slug): SlugShape {
  return {
    buildpack_provided_description: slug.buildpackDescription,
    checksum: slug.checksum,
    commit: slug.commit,
    commit_description: slug.commitDescription,
    created_at: slug.createdAt.toISOString(),
    deleted_at: null,
    id: slug.id,
    process_types: { ...slug.processTypes },
    size: slug.size,
    stack: stackReference(slug.stack),
    updated_at: slug.updatedAt.toISOString(),
  };
}
