import type { Slug as SlugShape } from '@heroku-cli/schema';
import type { Slug } from '@jangada/core';
import type { Context } from '../../context.ts';
import type { Origin } from '../../http/route.ts';
import { stackReference } from '../stacks/catalog.ts';
import { slugBlob } from './url.ts';

/** A slug is kept as a squashfs image; its `blob` is the archive that Heroku's clients know, made on demand. */
export function presentSlug(context: Context, origin: Origin, slug: Slug): SlugShape {
  return {
    blob: slugBlob(context, origin, slug),
    buildpack_provided_description: slug.buildpackDescription,
    checksum: slug.checksum,
    commit: slug.commit,
    commit_description: slug.commitDescription,
    created_at: slug.createdAt.toISOString(),
    deleted_at: null,
    id: slug.id,
    process_types: { ...slug.processTypes },
    size: slug.digest === null ? null : slug.size,
    stack: stackReference(slug.stack),
    updated_at: slug.updatedAt.toISOString(),
  } as SlugShape;
}
