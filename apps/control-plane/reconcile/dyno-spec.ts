import { bootCommand, type Dyno, type DynoSpec, defaultHostname, dynoEnvironment } from '@jangada/core';
import { PlatformError } from '@jangada/platform-api';
import type { Context } from '../context.ts';

/** What the engine is to run for a dyno's row. `captureOutput` false when somebody holds its terminal. */
export async function dynoSpec(context: Context, dyno: Dyno, captureOutput: boolean): Promise<DynoSpec> {
  const { rows } = context.store;
  const [app, release, metadata] = await Promise.all([
    rows.apps.get(dyno.appId),
    rows.releases.get(dyno.releaseId),
    rows.appFeatures.find({ appId: dyno.appId, name: 'runtime-dyno-metadata' }),
  ]);
  if (app === null || release === null)
    throw new PlatformError('not_found', `The app or release of ${dyno.name} is gone.`);
  const slug = release.slugId === null ? null : await rows.slugs.get(release.slugId);
  const defaultDomain = defaultHostname(context.settings, app.name);
  return {
    dynoId: dyno.id,
    appId: app.id,
    appName: app.name,
    name: dyno.name,
    type: dyno.type,
    version: dyno.version,
    image: await context.stackImage(app.stack, 'run'),
    slug: slug?.digest ?? null,
    command: bootCommand(dyno.command),
    env: dynoEnvironment({ app, dyno, release, slug, defaultDomain, metadata: metadata?.enabled ?? false }),
    limits: context.sizes.limitsOf(dyno.size),
    port: dyno.port,
    mounts: [],
    captureOutput,
  };
}
