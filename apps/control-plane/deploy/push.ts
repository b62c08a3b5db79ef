import type { Writable } from 'node:stream';
import { type App, alreadyBuiltLines, type Build, pushHeadingLines, unusedManifestLines } from '@jangada/core';
import { type CommitSource, type Push, readCommitSource } from '@jangada/git-server';
import { isPlatformError } from '@jangada/platform-api';
import type { Actor } from '../auth/authenticate.ts';
import type { Context } from '../context.ts';
import { runningRelease } from '../reconcile/snapshot.ts';
import { startBuild } from '../resources/builds/record.ts';
import { buildAndRelease, buildSettings, type DeployParts, say } from './build-and-release.ts';

/** The path of one push: commit → build → release. Whether git may take it. */
export async function deployPush(parts: DeployParts, app: App, actor: Actor, push: Push): Promise<boolean> {
  const { context } = parts;
  const source = await readSource(push);
  if (source === null) return false;
  if (await runsAlready(context, app, source.commit)) return say(push.output, alreadyBuiltLines(source.commit));

  const { configVars, buildpacks } = await buildSettings(context, app);
  const build = await openBuild(context, app, actor, source, buildpacks, push.output);
  if (build === null) return false;
  const release = await buildAndRelease(parts, {
    app,
    actor,
    build,
    configVars,
    heading: [...pushHeadingLines(source), ...unusedManifestLines(build.stack, source.topFiles)],
    obtain: async () => ({ source: (signal) => source.open(signal), submodules: source.submodules }),
    watcher: push.output,
    signal: push.signal,
  });
  return release !== null;
}

/** Null, with the reason said, when there are too many files. */
async function readSource({ repoPath, deploy, environment, output }: Push): Promise<CommitSource | null> {
  try {
    return await readCommitSource({ repoPath, commit: deploy.after, environment });
  } catch (error) {
    if (!isPlatformError(error, 'payload_too_large')) throw error;
    say(output, [` !     ${error.message}`]);
    return null;
  }
}

/** Whether the serving release was built from this very commit. */
async function runsAlready(context: Context, app: App, commit: string): Promise<boolean> {
  const running = await runningRelease(context.store.rows, app.id);
  return running?.slug.commit === commit;
}

/** Null, with the reason said, when another build of the app runs. */
async function openBuild(
  context: Context,
  app: App,
  actor: Actor,
  source: CommitSource,
  buildpacks: readonly string[],
  output: Writable,
): Promise<Build | null> {
  const { commit, subject } = source;
  try {
    return await startBuild(context, app, actor, {
      sourceVersion: commit,
      sourceDescription: subject,
      sourceUrl: null,
      sourceChecksum: null,
      buildpacks,
    });
  } catch (error) {
    if (!isPlatformError(error, 'conflict')) throw error;
    say(output, [` !     ${error.message}`]);
    return null;
  }
}
