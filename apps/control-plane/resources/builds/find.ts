import type { Build } from '@jangada/core';
import { PlatformError } from '@jangada/platform-api';
import { isUuid } from '../../auth/require-app.ts';
import type { AppCall } from '../../http/route.ts';

/** The build of the path. Throws `not_found`. */
export async function findBuild({ context, app, params }: AppCall): Promise<Build> {
  const id = params['build'] ?? '';
  const build = isUuid(id) ? await context.store.rows.builds.get(id) : null;
  if (build?.appId === app.id) return build;
  throw new PlatformError('not_found', "Couldn't find that build.", { resource: 'build' });
}
