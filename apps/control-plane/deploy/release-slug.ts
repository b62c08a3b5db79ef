import type { App, Build, Release, Slug } from '@jangada/core';
import { logApi, releaseTexts } from '../changes/api-log.ts';
import type { Context } from '../context.ts';
import { endBuild } from '../resources/builds/record.ts';
import { appendRelease } from '../resources/releases/append.ts';
import { currentConfigVars } from '../resources/releases/newest.ts';

/** What a build made. */
export interface BuiltSlug {
  /** Null for images. */
  readonly digest: string | null;
  readonly images?: Slug['images'] | undefined;
  /** Bytes. */
  readonly size: number;
  readonly processTypes: Readonly<Record<string, string>>;
  readonly buildpackDescription: string | null;
  readonly buildpacks: readonly string[];
  readonly phases: Build['phases'];
}

/** Slug, release and the end of the build, in one transaction: there is never one without the others. */
export async function releaseSlug(
  context: Context,
  app: App,
  build: Build,
  built: BuiltSlug,
  email: string,
): Promise<Release> {
  const now = context.clock.now();
  const slug: Slug = {
    id: context.ids.uuid(),
    appId: app.id,
    digest: built.digest,
    size: built.size,
    checksum: null,
    commit: build.sourceVersion,
    commitDescription: build.sourceDescription,
    processTypes: built.processTypes,
    images: built.images ?? null,
    stack: build.stack,
    buildpackDescription: built.buildpackDescription,
    createdAt: now,
    updatedAt: now,
  };
  const release = await context.store.transaction(async (tx) => {
    await tx.lock(app.id);
    await tx.slugs.insert(slug);
    const made = await appendRelease(context, tx, {
      app,
      actorId: build.userId,
      slugId: slug.id,
      configVars: await currentConfigVars(tx, app.id),
      description: `Deploy ${(build.sourceVersion ?? slug.id).slice(0, 8)}`,
    });
    const { buildpacks, phases } = built;
    const end = { status: 'succeeded', slugId: slug.id, releaseId: made.id, buildpacks, phases } as const;
    await endBuild(context, tx, build, end);
    return made;
  });
  await logApi(context, app.id, [...releaseTexts(release, email), 'Build succeeded']);
  return release;
}
