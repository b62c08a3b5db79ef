import { type AppJson, type AppSetup, type Build, presentableUrl, resolveEnv } from '@jangada/core';
import { isPlatformError } from '@jangada/platform-api';
import type { CreateAppSetupRequest } from '@jangada/platform-api/requests';
import { logApi } from '../../changes/api-log.ts';
import { buildAndRelease, buildSettings, type DeployParts } from '../../deploy/build-and-release.ts';
import { type Archive, obtainArchive } from '../../deploy/obtain-source.ts';
import { treeOf } from '../../deploy/source-build.ts';
import type { AppCall } from '../../http/route.ts';
import { destroyApp } from '../apps/destroy.ts';
import { updateApp } from '../apps/update.ts';
import { updateBuildpackInstallations } from '../buildpack-installations/update.ts';
import { startBuild } from '../builds/record.ts';
import { updateConfigVars } from '../config-vars/update.ts';
import { updateFormation } from '../formation/update.ts';
import { AppSetupFailure } from './failure.ts';
import { type Manifest, readManifest } from './manifest.ts';
import { runPostdeploy } from './postdeploy.ts';
import { successUrl } from './present.ts';

type SetupCall = AppCall<CreateAppSetupRequest>;

/**
 * Sets an app up: archive → app.json → config vars and buildpacks → build and release → formation → postdeploy. Never
 * throws: the set-up's row says how it ended. An app that was never built goes with a failure; a built one stays, to be
 * looked at.
 */
export async function runAppSetup(parts: DeployParts, call: SetupCall, setup: AppSetup): Promise<void> {
  const { context, app, actor, body } = call;
  let build: Build | null = null;
  try {
    await parts.running.run({ id: setup.id, appId: app.id }, null, async (signal) => {
      const archive = await obtainArchive(context, actor.account.id, body.source_blob, signal);
      const manifest = await readManifest(context, archive, body.app?.stack ?? null);
      const { appJson } = manifest;
      const ready = await prepareApp(call, manifest);
      build = await openBuild(parts, ready, setup);
      await releaseFirst(parts, ready, addonsOf(manifest), archive, build, signal);
      await formUp(ready, appJson);
      const postdeploy = await runPostdeploy(context, app, appJson.postdeploy);
      await update(call, setup, { postdeploy });
      if (postdeploy && postdeploy.exitCode !== 0) {
        throw new AppSetupFailure(`The postdeploy script ended with status ${postdeploy.exitCode}.`);
      }
      await update(call, setup, { status: 'succeeded', successUrl: successUrl(context, app, appJson.successUrl) });
    });
  } catch (error) {
    await end(call, setup, error);
    if (build === null) await destroyApp(call).catch(() => undefined);
  }
}

/** What has to be there before the first build. Config vars of a heroku.yml are the ones that everything else may change. */
async function prepareApp(call: SetupCall, manifest: Manifest): Promise<SetupCall> {
  const { context, body } = call;
  const { appJson, setup, stack } = manifest;
  const { configVars, errors } = resolveEnv(appJson.env, body.overrides?.env ?? {}, () => context.ids.secret(32));
  if (errors.length > 0) throw new AppSetupFailure('The app.json asks for more than was given.', errors);
  const app = stack === null ? call.app : await updateApp({ ...call, body: { build_stack: stack } });
  await updateConfigVars({ ...call, body: { ...setup.config, ...configVars } });
  const own = body.overrides?.buildpacks?.map(({ url }) => url);
  const updates = (own ?? appJson.buildpacks).map((buildpack) => ({ buildpack }));
  if (updates.length > 0) await updateBuildpackInstallations({ ...call, body: { updates } });
  const addons = addonsOf(manifest);
  if (addons.length > 0) await logApi(context, app.id, [addonNotice(addons)]);
  return { ...call, app };
}

function addonsOf({ appJson, setup }: Manifest): readonly string[] {
  return [...new Set([...appJson.addons, ...setup.addons])];
}

async function openBuild({ context }: DeployParts, call: SetupCall, setup: AppSetup): Promise<Build> {
  const { app, actor, body } = call;
  const blob = body.source_blob;
  const { buildpacks } = await buildSettings(context, app);
  const build = await startBuild(context, app, actor, {
    sourceVersion: blob.version ?? null,
    sourceDescription: blob.version_description ?? null,
    sourceUrl: presentableUrl(blob.url),
    sourceChecksum: blob.checksum ?? null,
    buildpacks,
  });
  await update(call, setup, { buildId: build.id });
  return build;
}

async function releaseFirst(
  parts: DeployParts,
  call: SetupCall,
  addons: readonly string[],
  archive: Archive,
  build: Build,
  signal: AbortSignal,
): Promise<void> {
  const { context, app, actor } = call;
  const { configVars } = await buildSettings(context, app);
  const heading = addons.length > 0 ? [` !     ${addonNotice(addons)}`] : [];
  const obtain = async () => treeOf(parts, archive);
  const release = await buildAndRelease(parts, { app, actor, build, configVars, heading, obtain, signal });
  if (release === null) throw new AppSetupFailure('The build failed. Its output says why.');
  const ended = await context.store.rows.releases.get(release.id);
  if (ended?.status === 'failed') throw new AppSetupFailure('The release command failed. Its output says why.');
}

/** Process types that the slug does not have are left out: an app.json is often older than its Procfile. */
async function formUp(call: SetupCall, appJson: AppJson): Promise<void> {
  const there = new Set(
    (await call.context.store.rows.formations.list({ appId: call.app.id })).map(({ type }) => type),
  );
  const changes = Object.entries(appJson.formation)
    .filter(([type]) => there.has(type))
    .map(([type, { quantity, size }]) => ({ type, quantity, ...(size === null ? {} : { size }) }));
  if (changes.length > 0) await updateFormation(call, changes);
}

async function end(call: SetupCall, setup: AppSetup, error: unknown): Promise<void> {
  const { context } = call;
  if (!isPlatformError(error) && !(error instanceof AppSetupFailure)) {
    context.report('app-setup.failed', { id: setup.id, error: error instanceof Error ? error.stack : String(error) });
  }
  const known = isPlatformError(error) || error instanceof AppSetupFailure;
  await update(call, setup, {
    status: 'failed',
    failureMessage: known
      ? error.message
      : 'Something went wrong on our side. The operator finds the cause in the log.',
    manifestErrors: error instanceof AppSetupFailure ? error.manifestErrors : [],
  }).catch((lost: unknown) => context.report('app-setup.lost', { id: setup.id, error: String(lost) }));
}

async function update({ context }: SetupCall, { id }: AppSetup, change: Partial<AppSetup>): Promise<void> {
  await context.store.rows.appSetups.update(id, { ...change, updatedAt: context.clock.now() });
}

function addonNotice(plans: readonly string[]): string {
  return `The source asks for add-ons, which this version does not set up: ${plans.join(', ')}. Set their config vars yourself.`;
}
