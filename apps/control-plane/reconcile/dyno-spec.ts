import {
  type App,
  bootCommand,
  type Dyno,
  type DynoSpec,
  defaultHostname,
  dynoEnvironment,
  imageCommand,
  imageOf,
  type Slug,
  shellCommand,
} from '@jangada/core';
import { PlatformError } from '@jangada/platform-api';
import type { Context } from '../context.ts';
import { restoreImage } from '../images/obtain-image.ts';

/** What the engine is to run for a dyno's row. `captureOutput` false when somebody holds its terminal. */
export async function dynoSpec(context: Context, dyno: Dyno, captureOutput: boolean): Promise<DynoSpec> {
  const { rows } = context.store;
  const [app, release, features] = await Promise.all([
    rows.apps.get(dyno.appId),
    rows.releases.get(dyno.releaseId),
    rows.appFeatures.list({ appId: dyno.appId, enabled: true }),
  ]);
  if (app === null || release === null)
    throw new PlatformError('not_found', `The app or release of ${dyno.name} is gone.`);
  const slug = release.slugId === null ? null : await rows.slugs.get(release.slugId);
  const limits = context.sizes.limitsOf(dyno.size);
  const defaultDomain = defaultHostname(context.settings, app.name);
  return {
    dynoId: dyno.id,
    appId: app.id,
    appName: app.name,
    name: dyno.name,
    type: dyno.type,
    version: dyno.version,
    ...(await programOf(context, dyno, app, slug)),
    slug: slug?.digest ?? null,
    env: dynoEnvironment({
      app: { ...app, stack: slug?.stack ?? app.stack },
      dyno,
      release,
      slug,
      defaultDomain,
      metadata: features.some(({ name }) => name === 'runtime-dyno-metadata'),
      buildMetadata: features.some(({ name }) => name === 'runtime-dyno-build-metadata'),
      memoryQuota: limits.memoryQuota,
    }),
    limits,
    port: dyno.port,
    mounts: [],
    captureOutput,
  };
}

/** On the container stack the image of the dyno's type, on others the stack's image with the slug in it. */
async function programOf(
  context: Context,
  dyno: Dyno,
  app: App,
  slug: Slug | null,
): Promise<Pick<DynoSpec, 'image' | 'root' | 'command'>> {
  if (!slug?.images) {
    return { image: await context.stackImage(slug?.stack ?? app.stack, 'run'), command: bootCommand(dyno.command) };
  }
  const own = imageOf(slug.images, dyno.type);
  if (own === null) {
    throw new PlatformError('not_found', `${app.name} has no image to run. Push one: heroku container:push web`);
  }
  if ((await context.images.find(own.imageId)) === null && !(await restoreImage(context, app.id, own.imageId))) {
    const message = `The image of ${dyno.type} is neither on the engine nor in the blob store. Push ${app.name} again.`;
    throw new PlatformError('slug_not_found', message);
  }
  const isDeclared = slug.processTypes[dyno.type] === dyno.command;
  return { image: own.imageId, root: 'image', command: isDeclared ? imageCommand(own) : shellCommand(dyno.command) };
}
