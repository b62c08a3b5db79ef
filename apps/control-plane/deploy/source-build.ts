import type { App, Build } from '@jangada/core';
import { parseBuildpackAddress, presentableUrl } from '@jangada/core';
import type { CreateBuildRequest } from '@jangada/platform-api/requests';
import type { Actor } from '../auth/authenticate.ts';
import { startBuild } from '../resources/builds/record.ts';
import { buildAndRelease, buildSettings, type DeployParts, type SourceTree } from './build-and-release.ts';
import { type Archive, obtainArchive } from './obtain-source.ts';

/**
 * Starts a build of an archive, which goes on in the background: archive → build → release. Throws `conflict` while another
 * build of the app runs; whatever is wrong with the archive is in the build's output.
 */
export async function startSourceBuild(
  parts: DeployParts,
  app: App,
  actor: Actor,
  asked: CreateBuildRequest,
): Promise<Build> {
  const { context } = parts;
  const blob = asked.source_blob;
  const own = (asked.buildpacks ?? []).map(({ url, name }) => url ?? name ?? '');
  for (const address of own) parseBuildpackAddress(address);
  const { configVars, buildpacks } = await buildSettings(context, app, own);
  const build = await startBuild(context, app, actor, {
    sourceVersion: blob.version ?? null,
    sourceDescription: blob.version_description ?? null,
    sourceUrl: presentableUrl(blob.url),
    sourceChecksum: blob.checksum ?? null,
    buildpacks,
  });
  void buildAndRelease(parts, {
    app,
    actor,
    build,
    configVars,
    heading: [],
    obtain: async (signal) => treeOf(parts, await obtainArchive(context, actor.account.id, blob, signal)),
  });
  return build;
}

export function treeOf({ context }: DeployParts, { digest, format }: Archive): SourceTree {
  return { source: (signal) => context.blobs.read(digest, signal), sourceFormat: format };
}
