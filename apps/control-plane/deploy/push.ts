import type { Writable } from 'node:stream';
import type { Builder } from '@jangada/builder';
import {
  type App,
  alreadyBuiltLines,
  appUrl,
  type Build,
  buildFailureLines,
  buildFailureSentence,
  chosenBuildpacks,
  launchLines,
  pushHeadingLines,
  RELEASE_COMMAND_LINES,
  type Release,
  releaseCommandEndLine,
  VERIFIED_LINE,
} from '@jangada/core';
import { type CommitSource, type Push, readCommitSource } from '@jangada/git-server';
import { isPlatformError } from '@jangada/platform-api';
import type { Actor } from '../auth/authenticate.ts';
import { logApi } from '../changes/api-log.ts';
import type { Context } from '../context.ts';
import { runningRelease } from '../reconcile/snapshot.ts';
import type { ReleasePhase } from '../release-phase/release-phase.ts';
import { failBuild, startBuild } from '../resources/builds/record.ts';
import { currentConfigVars } from '../resources/releases/newest.ts';
import { releaseSlug } from './release-slug.ts';
import { teeOutput } from './tee-output.ts';

export interface DeployParts {
  readonly context: Context;
  readonly builder: Builder;
  readonly releasePhase: ReleasePhase;
}

/**
 * The path of one push: commit → build → slug → release → release command → (reconciliation) dynos → route. A failure at
 * any step leaves the release that serves as it is; until the release is written nothing of the push is kept.
 */
export async function deployPush(parts: DeployParts, app: App, actor: Actor, push: Push): Promise<boolean> {
  const { context, builder } = parts;
  const source = await readCommitSource({
    repoPath: push.repoPath,
    commit: push.deploy.after,
    environment: push.environment,
  });
  if (await runsAlready(context, app, source.commit)) return say(push.output, alreadyBuiltLines(source.commit));

  const configVars = await currentConfigVars(context.store.rows, app.id);
  const buildpacks = chosenBuildpacks(await buildpackList(context, app), configVars);
  const build = await openBuild(context, app, actor, source, buildpacks, push.output);
  if (build === null) return false;
  const output = teeOutput(context, build.id, push.output);
  say(output, pushHeadingLines(source));

  const result = await builder.build(
    {
      buildId: build.id,
      appId: app.id,
      appName: app.name,
      stack: build.stack,
      image: await context.stackImage(build.stack, 'build'),
      source: (signal) => source.open(signal),
      sourceVersion: source.commit,
      buildpacks,
      configVars,
      output,
    },
    push.signal,
  );
  if (!result.ok) {
    say(output, buildFailureLines(result.failure));
    await failBuild(context, build, buildFailureSentence(result.failure));
    await output.finish();
    await logApi(context, app.id, [`Build failed -- check your build output for ${build.id}`]);
    return false;
  }

  const release = await releaseSlug(context, app, build, result, actor.account.email);
  say(
    output,
    launchLines({
      version: release.version,
      url: appUrl(context.settings, app.name),
      hasReleaseCommand: release.status === 'pending',
    }),
  );
  say(output, [VERIFIED_LINE]);
  if (release.status === 'pending') await showReleaseCommand(parts, release, output);
  await output.finish();
  return true;
}

/** Whether the serving release was built from this very commit. */
async function runsAlready(context: Context, app: App, commit: string): Promise<boolean> {
  const running = await runningRelease(context.store.rows, app.id);
  return running?.slug.commit === commit;
}

async function buildpackList(context: Context, app: App): Promise<readonly string[]> {
  const rows = await context.store.rows.buildpackInstallations.list({ appId: app.id }, { orderBy: 'ordinal' });
  return rows.map((row) => row.url);
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
  try {
    const build = await startBuild(context, {
      app,
      userId: actor.account.id,
      sourceVersion: source.commit,
      sourceDescription: source.subject,
      buildpacks,
    });
    await logApi(context, app.id, [`Build started by user ${actor.account.email}`]);
    return build;
  } catch (error) {
    if (!isPlatformError(error, 'conflict')) throw error;
    say(output, [` !     ${error.message}`]);
    return null;
  }
}

/** Shows the release command's output as it comes. The push has succeeded whatever becomes of it (builds.md 3). */
async function showReleaseCommand(
  { context, releasePhase }: DeployParts,
  release: Release,
  output: Writable,
): Promise<void> {
  say(output, RELEASE_COMMAND_LINES);
  if (release.outputStreamId !== null) await context.outputs.append(release.outputStreamId, Buffer.alloc(0));
  const running = releasePhase.run(release.appId);
  if (release.outputStreamId !== null) {
    const stop = new AbortController();
    for await (const chunk of context.outputs.read(release.outputStreamId, stop.signal)) output.write(chunk);
  }
  await running;
  const ended = await context.store.rows.releases.get(release.id);
  say(output, [releaseCommandEndLine(ended?.status === 'succeeded')]);
}

/** Writes whole lines. Always true, so that "say and accept" reads as one. */
function say(output: Writable, lines: readonly string[]): true {
  for (const line of lines) output.write(`${line}\n`);
  return true;
}
