import type { App, Build } from '@jangada/core';
import type { AppCall } from '../../http/route.ts';
import { outputStreamUrl } from '../output-streams/url.ts';

/** Builds as the API shows them. */
export async function presentBuilds(
  { context, origin, app }: AppCall,
  builds: readonly Build[],
): Promise<readonly object[]> {
  const userIds = [...new Set(builds.map((build) => build.userId))];
  const users = new Map((await context.store.rows.accounts.list({ id: userIds })).map((user) => [user.id, user]));
  return builds.map((build) => ({
    ...presentBuild(app, build),
    output_stream_url: outputStreamUrl(context, origin, build.id),
    user: { id: build.userId, email: users.get(build.userId)?.email ?? '' },
  }));
}

function presentBuild(app: App, build: Build): object {
  return {
    app: { id: app.id },
    buildpacks: build.buildpacks.map((url) => ({ url, name: url })),
    // Ours: seconds of each part, in order.
    phases: build.phases,
    created_at: build.createdAt.toISOString(),
    id: build.id,
    labs: {},
    release: build.releaseId === null ? null : { id: build.releaseId },
    slug: build.slugId === null ? null : { id: build.slugId },
    source_blob: {
      checksum: build.sourceChecksum,
      url: build.sourceUrl ?? '',
      version: build.sourceVersion,
      version_description: build.sourceDescription,
    },
    stack: build.stack,
    status: build.status,
    updated_at: build.updatedAt.toISOString(),
  };
}
