import type { App, Digest, ImageInfo } from '@jangada/core';
import { PlatformError } from '@jangada/platform-api';
import type { Context } from '../context.ts';

/** The image of an app by its id, brought to the engine when it is not there. Throws `invalid_params` when nobody has it. */
export async function obtainImage(context: Context, app: App, type: string, imageId: Digest): Promise<ImageInfo> {
  if (!/^sha256:[0-9a-f]{64}$/.test(imageId)) {
    throw new PlatformError(
      'invalid_params',
      `docker_image must be the id of an image (sha256:…), not "${imageId.slice(0, 80)}".`,
    );
  }
  const used = (await context.store.rows.slugs.list({ appId: app.id })).some((slug) =>
    Object.values(slug.images ?? {}).some((image) => image.imageId === imageId),
  );
  const info = used ? await context.images.find(imageId) : null;
  if (info) return info;
  throw new PlatformError(
    'invalid_params',
    `No image ${imageId.slice(0, 19)}… was pushed for ${type}. Push it: heroku container:push ${type}`,
  );
}
