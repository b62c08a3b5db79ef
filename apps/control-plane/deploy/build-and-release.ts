import { Writable } from 'node:stream';
import type { Builder, BuildRequest } from '@jangada/builder';
import {
  type App,
  appUrl,
  type Build,
  type BuildFailure,
  buildFailureLines,
  buildFailureSentence,
  CONTAINER_STACK,
  chosenBuildpacks,
  imagesNotKeptLines,
  launchLines,
  phaseLines,
  RELEASE_COMMAND_LINES,
  type Release,
  readAppSettings,
  releaseCommandEndLine,
  VERIFIED_LINE,
} from '@jangada/core';
import { isPlatformError } from '@jangada/platform-api';
import type { Actor } from '../auth/authenticate.ts';
import { logApi } from '../changes/api-log.ts';
import type { Context } from '../context.ts';
import { keepImages, reasonOf } from '../images/keep-images.ts';
import type { ReleasePhase } from '../release-phase/release-phase.ts';
import { failBuild } from '../resources/builds/record.ts';
import { currentConfigVars } from '../resources/releases/newest.ts';
import { DEFAULT_STACK } from '../resources/stacks/catalog.ts';
import { type BuiltSlug, releaseSlug } from './release-slug.ts';
import type { RunningBuilds } from './running-builds.ts';
import { type BuildOutput, pourInto, teeOutput } from './tee-output.ts';

export interface DeployParts {
  readonly context: Context;
  readonly builder: Builder;
  readonly releasePhase: ReleasePhase;
  readonly running: RunningBuilds;
}

/** What a build builds. */
export type SourceTree = Pick<BuildRequest, 'source' | 'sourceFormat' | 'submodules'>;

export interface BuildOrder {
  readonly app: App;
  readonly actor: Actor;
  /** Written down already, pending. */
  readonly build: Build;
  readonly configVars: Readonly<Record<string, string>>;
  /** Lines before the build's own. */
  readonly heading: readonly string[];
  /** Gets the source. Throws PlatformError when there is none to be had: the build fails with its message. */
  obtain(signal: AbortSignal): Promise<SourceTree>;
  /** Who watches, beside the build's output stream. */
  readonly watcher?: Writable;
  /** Aborts the build. */
  readonly signal?: AbortSignal;
}

/**
 * One build from its source to its release: source → slug → release → release command → (reconciliation) dynos → route.
 * Null when there is no release: the output and the build's row say why, and the release that serves goes on. Never throws;
 * until the release is written nothing of the build is kept.
 */
export async function buildAndRelease(parts: DeployParts, order: BuildOrder): Promise<Release | null> {
  const { context } = parts;
  const { app, actor, build } = order;
  const output = teeOutput(context, build.id, order.watcher ?? nobody());
  try {
    return await parts.running.run(build, order.signal ?? null, async (signal) => {
      say(output, order.heading);
      const result = await runBuilder(parts, order, output, signal);
      if (!result.ok) return await refuse(context, order, output, result.failure, result.phases);

      const release = await releaseSlug(context, app, build, result, actor.account.email);
      // The dynos need not wait for it; whoever pushed does, because then the release outlives the engine.
      const kept = keepBuilt(parts, order, result);
      say(output, launchLines(launchOf(context, app, release)));
      say(output, [...phasesOf(order, result.phases), VERIFIED_LINE]);
      if (release.status === 'pending') await showReleaseCommand(parts, release, output);
      say(output, await kept);
      return release;
    });
  } catch (error) {
    context.report('build.failed', { buildId: build.id, error: error instanceof Error ? error.stack : String(error) });
    const reason = 'Try again; the operator finds the cause in the log.';
    return await refuse(context, order, output, { kind: 'platform', reason }, []);
  } finally {
    await output.finish();
  }
}

/** The buildpacks and config vars that a build of the app made now uses. `asked`: for this build alone. */
export async function buildSettings(
  context: Context,
  app: App,
  asked: readonly string[] = [],
): Promise<{ readonly configVars: Readonly<Record<string, string>>; readonly buildpacks: readonly string[] }> {
  const { rows } = context.store;
  const configVars = await currentConfigVars(rows, app.id);
  if (asked.length > 0) return { configVars, buildpacks: asked };
  const list = await rows.buildpackInstallations.list({ appId: app.id }, { orderBy: 'ordinal' });
  const urls = list.map((row) => row.url);
  return { configVars, buildpacks: chosenBuildpacks(urls, configVars) };
}

/** Writes whole lines. Always true, so that "say and accept" reads as one. */
export function say(output: Writable, lines: readonly string[]): true {
  for (const line of lines) output.write(`${line}\n`);
  return true;
}

async function runBuilder(
  { context, builder }: DeployParts,
  { app, build, configVars, obtain }: BuildOrder,
  output: BuildOutput,
  signal: AbortSignal,
): ReturnType<Builder['build']> {
  const facts = { ok: false, buildpackDescription: null, buildpacks: [], phases: [] } as const;
  let tree: SourceTree;
  try {
    tree = await obtain(signal);
  } catch (error) {
    if (signal.aborted) return { ...facts, failure: { kind: 'cancelled' } };
    if (!isPlatformError(error)) throw error;
    const kind = isPlatformError(error, 'disk_full') ? 'disk_full' : 'bad_source';
    return { ...facts, failure: { kind, reason: error.message } };
  }
  return builder.build(
    {
      ...tree,
      buildId: build.id,
      appId: app.id,
      appName: app.name,
      stack: build.stack,
      image: await context.stackImage(build.stack === CONTAINER_STACK ? DEFAULT_STACK : build.stack, 'build'),
      sourceVersion: build.sourceVersion,
      buildpacks: build.buildpacks,
      configVars,
      sourceDir: readAppSettings(configVars).sourceDir,
      output,
    },
    signal,
  );
}

/** Lines to say; never throws: the release is made, and images that are not kept now are with the next tidying. */
async function keepBuilt(
  { context, running }: DeployParts,
  { app, build }: BuildOrder,
  { images, size }: Pick<BuiltSlug, 'images' | 'size'>,
): Promise<readonly string[]> {
  if (!images) return [];
  try {
    await keepImages(context, running, app.id, images, size);
    return [];
  } catch (error) {
    context.report('images.not_kept', { appId: app.id, buildId: build.id, error: String(error) });
    return imagesNotKeptLines(reasonOf(error));
  }
}

async function refuse(
  context: Context,
  order: BuildOrder,
  output: Writable,
  failure: BuildFailure,
  phases: Build['phases'],
): Promise<null> {
  const { app, build } = order;
  say(output, [...buildFailureLines(failure), ...phasesOf(order, phases)]);
  await failBuild(context, build, buildFailureSentence(failure), phases);
  await logApi(context, app.id, [`Build failed -- check your build output for ${build.id}`]);
  return null;
}

function phasesOf({ configVars }: BuildOrder, phases: Build['phases']): readonly string[] {
  return phaseLines(phases, readAppSettings(configVars).buildPhases);
}

function launchOf(context: Context, app: App, release: Release): Parameters<typeof launchLines>[0] {
  const { version, status } = release;
  return { version, url: appUrl(context.settings, app.name), hasReleaseCommand: status === 'pending' };
}

/** Shows the release command's output as it comes. The build has succeeded whatever becomes of it (builds.md 3). */
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
    await pourInto(output, context.outputs.read(release.outputStreamId, stop.signal));
  }
  await running;
  const ended = await context.store.rows.releases.get(release.id);
  say(output, [releaseCommandEndLine(ended?.status === 'succeeded')]);
}

function nobody(): Writable {
  return new Writable({ write: (_chunk, _encoding, done) => done() });
}
