import type { App, Digest, ImageInfo, PushedImage } from '@jangada/core';
import { PlatformError } from '@jangada/platform-api';
import { imageArchive } from '@jangada/registry';
import type { Context } from '../context.ts';

/**
 * The image of an app by its id: on the engine already because a release is made of it, or pushed, then the engine loads it from
 * the registry's blobs. Throws `invalid_params` when the app has no such image.
 */
export async function obtainImage(context: Context, app: App, type: string, imageId: Digest): Promise<ImageInfo> {
  if (!/^sha256:[0-9a-f]{64}$/.test(imageId)) {
    const message = `docker_image must be the id of an image (sha256:…), not "${imageId.slice(0, 80)}".`;
    throw new PlatformError('invalid_params', message);
  }
  const { slugs, pushedImages } = context.store.rows;
  const pushed = await pushedImages.find({ appId: app.id, imageId });
  const isReleased = (await slugs.list({ appId: app.id })).some((slug) =>
    Object.values(slug.images ?? {}).some((image) => image.imageId === imageId),
  );
  const info = pushed || isReleased ? await context.images.keep(imageId) : null;
  if (info) return info;
  if (pushed) return load(context, pushed);
  const message = `No image ${imageId.slice(0, 19)}… was pushed for ${type}. Push it: heroku container:push ${type}`;
  throw new PlatformError('invalid_params', message);
}

/** Puts an image that the engine lost, or never had, on it again. Resolves with null when the blob store does not have it either. */
export async function restoreImage(context: Context, appId: string, imageId: Digest): Promise<ImageInfo | null> {
  const pushed = await context.store.rows.pushedImages.find({ appId, imageId });
  return pushed && load(context, pushed);
}

function load({ images, blobs }: Context, pushed: PushedImage): Promise<ImageInfo> {
  const signal = AbortSignal.timeout(LOAD_MS);
  return images.load(imageArchive(blobs, pushed, signal), pushed.imageId, signal);
}

/** An engine that takes longer than this for an image has other troubles. */
const LOAD_MS = 10 * 60_000;
