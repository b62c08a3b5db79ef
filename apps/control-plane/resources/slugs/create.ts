import { CONTAINER_STACK, type Slug } from '@jangada/core';
import { PlatformError } from '@jangada/platform-api';
import type { CreateSlugRequest } from '@jangada/platform-api/requests';
import { changeApp } from '../../changes/change-app.ts';
import type { AppCall } from '../../http/route.ts';
import { requireStack } from '../stacks/catalog.ts';

const PROCESS_TYPE = /^[\w-]{1,128}$/;

/** A slug whose archive is still to be uploaded. */
export async function createSlug({ context, actor, app, body }: AppCall<CreateSlugRequest>): Promise<Slug> {
  const wrong = Object.keys(body.process_types).find((type) => !PROCESS_TYPE.test(type));
  if (wrong !== undefined) {
    throw new PlatformError('invalid_params', `"${wrong}" cannot be a process type. Use letters, digits, _ and -.`);
  }
  const stack = requireStack(body.stack ?? app.buildStack);
  if (stack === CONTAINER_STACK) {
    throw new PlatformError(
      'invalid_params',
      'Slugs are for stacks with buildpacks. Push an image: heroku container:push web',
    );
  }
  const now = context.clock.now();
  return changeApp(context, actor, app.id, async ({ tx, event }) => {
    const slug = await tx.slugs.insert({
      id: context.ids.uuid(),
      appId: app.id,
      digest: null,
      size: 0,
      checksum: body.checksum ?? null,
      commit: body.commit ?? null,
      commitDescription: body.commit_description ?? null,
      processTypes: body.process_types,
      images: null,
      stack,
      buildpackDescription: body.buildpack_provided_description ?? null,
      createdAt: now,
      updatedAt: now,
    });
    await event('api:slug', 'create', { id: slug.id });
    return slug;
  });
}
