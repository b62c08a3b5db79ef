import { blobPath } from '@jangada/blob-store';
import { exportSlug } from '@jangada/builder';
import type { Slug } from '@jangada/core';
import { PlatformError } from '@jangada/platform-api';
import { CreateSlugRequest } from '@jangada/platform-api/requests';
import { isUuid } from '../../auth/require-app.ts';
import type { DeployParts } from '../../deploy/build-and-release.ts';
import { appRoute, publicRoute, type Route, StreamReply, uploadRoute } from '../../http/route.ts';
import { createSlug } from './create.ts';
import { presentSlug } from './present.ts';
import { uploadSlug } from './upload.ts';
import { slugOf } from './url.ts';

export function slugRoutes(parts: DeployParts): readonly Route[] {
  return [
    appRoute({
      method: 'GET',
      path: '/apps/:app/slugs/:slug',
      permission: 'deploy',
      async handle({ context, origin, app, params }) {
        const asked = params['slug'] ?? '';
        const slug = isUuid(asked) ? await context.store.rows.slugs.get(asked) : null;
        return presentSlug(context, origin, requireSlug(slug?.appId === app.id ? slug : null));
      },
    }),
    appRoute({
      method: 'POST',
      path: '/apps/:app/slugs',
      permission: 'deploy',
      body: CreateSlugRequest,
      status: 201,
      handle: async (call) => presentSlug(call.context, call.origin, await createSlug(call)),
    }),
    uploadRoute({
      method: 'PUT',
      path: '/slugs/:capability',
      async handle({ context, params, body, gone }) {
        const slug = requireSlug(await slugOf(context, 'put', params['capability'] ?? ''));
        await uploadSlug(parts, slug, body, gone);
      },
    }),
    publicRoute({
      method: 'GET',
      path: '/slugs/:capability',
      stream: true,
      async handle({ context, params, gone }) {
        const { digest } = requireSlug(await slugOf(context, 'get', params['capability'] ?? ''));
        if (digest === null || !(await context.blobs.stat(digest))) throw slugNotFound();
        const { home } = context;
        return new StreamReply('application/gzip', await exportSlug(blobPath(home.blobs, digest), home.builds, gone));
      },
    }),
  ];
}

function requireSlug(slug: Slug | null): Slug {
  if (slug) return slug;
  throw slugNotFound();
}

function slugNotFound(): PlatformError {
  return new PlatformError('not_found', "Couldn't find that slug.", { resource: 'slug' });
}
