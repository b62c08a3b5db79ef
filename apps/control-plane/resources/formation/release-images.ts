import { CONTAINER_STACK, type Digest, type ImageInfo, processOfImage, type Slug } from '@jangada/core';
import { PlatformError } from '@jangada/platform-api';
import { releaseTexts } from '../../changes/api-log.ts';
import type { AppChange } from '../../changes/change-app.ts';
import type { Context } from '../../context.ts';
import type { AppCall } from '../../http/route.ts';
import { obtainImage } from '../../images/obtain-image.ts';
import { requirePermission } from '../collaborators/permissions.ts';
import { appendRelease } from '../releases/append.ts';
import { currentConfigVars, standingRelease } from '../releases/newest.ts';

/** The image that a process type shall run; null takes the type away. */
export interface ImageChange {
  readonly type: string;
  readonly docker_image: string | null;
}

const PROCESS_TYPE = /^[A-Za-z0-9_-]{1,63}$/;

/**
 * The images of the changes, by process type, ready to run. Throws `invalid_params` when the app is not on the container stack or
 * an image is not there.
 */
export async function obtainImages(
  call: AppCall,
  changes: readonly ImageChange[],
): Promise<ReadonlyMap<string, ImageInfo>> {
  const { context, app } = call;
  await requirePermission(call, 'deploy');
  if (app.buildStack !== CONTAINER_STACK) {
    const message = `${app.name} is on the ${app.buildStack} stack. To run images: heroku stack:set container -a ${app.name}`;
    throw new PlatformError('invalid_params', message);
  }
  const infos = new Map<string, ImageInfo>();
  for (const { type, docker_image: imageId } of changes) {
    if (!PROCESS_TYPE.test(type)) throw new PlatformError('invalid_params', `"${type}" cannot be a process type.`);
    if (imageId !== null) infos.set(type, await obtainImage(context, app, type, imageId));
  }
  return infos;
}

/**
 * Releases images that were pushed before (`container:release`, `container:rm`): those of the standing release with these
 * changes, the config vars of now.
 */
export async function releaseImages(
  { context, actor }: Pick<AppCall, 'context' | 'actor'>,
  change: AppChange,
  changes: readonly ImageChange[],
  infos: ReadonlyMap<string, ImageInfo>,
): Promise<void> {
  const slug = await change.tx.slugs.insert(await slugOf(context, change, changes, infos));
  const release = await appendRelease(context, change.tx, {
    app: change.app,
    actorId: actor.account.id,
    slugId: slug.id,
    configVars: await currentConfigVars(change.tx, change.app.id),
    description: describe(changes),
  });
  change.log(...releaseTexts(release, actor.account.email));
}

async function slugOf(
  { ids, clock }: Context,
  { tx, app }: AppChange,
  changes: readonly ImageChange[],
  infos: ReadonlyMap<string, ImageInfo>,
): Promise<Slug> {
  const slugId = (await standingRelease(tx, app.id))?.slugId;
  const standing = slugId ? await tx.slugs.get(slugId) : null;
  const images = { ...standing?.images };
  const processTypes: Record<string, string> = standing?.images ? { ...standing.processTypes } : {};
  for (const { type } of changes) {
    const info = infos.get(type);
    if (info === undefined && !Object.hasOwn(images, type)) {
      throw new PlatformError('not_found', `Couldn't find that process type (${type}).`, { resource: 'process_type' });
    }
    delete images[type];
    delete processTypes[type];
    if (info === undefined) continue;
    const { image, text } = processOfImage(info, null);
    if (text === '')
      throw new PlatformError('invalid_params', `The image of ${type} has neither CMD nor ENTRYPOINT. Add one.`);
    images[type] = image;
    processTypes[type] = text;
  }
  const now = clock.now();
  return {
    id: ids.uuid(),
    appId: app.id,
    digest: null,
    size: [...infos.values()].reduce((sum, { size }) => sum + size, 0),
    checksum: null,
    commit: null,
    commitDescription: null,
    processTypes,
    images,
    stack: CONTAINER_STACK,
    buildpackDescription: 'Docker',
    createdAt: now,
    updatedAt: now,
  };
}

/** `Deployed web (582fc95aa11b), worker (0123456789ab)`. */
function describe(changes: readonly ImageChange[]): string {
  const named = (one: ImageChange): string => `${one.type} (${short(one.docker_image ?? '')})`;
  const deployed = changes.filter((one) => one.docker_image !== null).map(named);
  const removed = changes.filter((one) => one.docker_image === null).map(({ type }) => type);
  return [
    ...(deployed.length > 0 ? [`Deployed ${deployed.join(', ')}`] : []),
    ...(removed.length > 0 ? [`Removed ${removed.join(', ')}`] : []),
  ].join('; ');
}

function short(imageId: Digest): string {
  return imageId.replace(/^sha256:/, '').slice(0, 12);
}
