import { Readable } from 'node:stream';
import type { BlobStore, Digest } from '@jangada/core';
import { linkBlob, type Parts } from './image-blobs.ts';
import { keepImage } from './pushed-images.ts';
import { type SavedImage, takeSavedImages } from './saved-archive.ts';

const MANIFEST_TYPE = 'application/vnd.oci.image.manifest.v1+json';
const CONFIG_TYPE = 'application/vnd.oci.image.config.v1+json';
const LAYER_TYPE = 'application/vnd.oci.image.layer.v1.tar';

export interface BuiltImageParts extends Parts {
  readonly blobs: BlobStore;
}

/**
 * Keeps images that an engine built for an app as if the app had pushed them without a name: their layers are the app's, those
 * that it has already are not kept twice, and they stay while a slug is made of them. `types`: image id to the process type
 * under which the image is found. The caller sees to it that no blob is tidied away meanwhile. Throws `disk_full`,
 * `engine_unavailable`.
 */
export async function keepBuiltImages(
  parts: BuiltImageParts,
  appId: string,
  types: ReadonlyMap<Digest, string>,
  archive: Readable,
  signal: AbortSignal,
): Promise<void> {
  for (const image of await takeSavedImages(parts.blobs, archive, signal)) {
    const type = types.get(image.imageId);
    // An engine whose image ids are not those of configurations: nothing here could be found again.
    if (type === undefined) continue;
    const { digest } = await parts.blobs.put(Readable.from([Buffer.from(await manifestOf(parts.blobs, image))]));
    for (const blob of new Set([image.imageId, ...image.layers])) await linkBlob(parts, appId, blob);
    await keepImage(parts, { appId, type, tag: null }, digest, { kind: 'image', mediaType: MANIFEST_TYPE, ...image });
  }
}

async function manifestOf(blobs: BlobStore, { imageId, layers }: SavedImage): Promise<string> {
  const descriptor = async (mediaType: string, digest: Digest) => ({
    mediaType,
    digest,
    size: (await blobs.stat(digest))?.size ?? 0,
  });
  return JSON.stringify({
    schemaVersion: 2,
    mediaType: MANIFEST_TYPE,
    config: await descriptor(CONFIG_TYPE, imageId),
    layers: await Promise.all(layers.map((digest) => descriptor(LAYER_TYPE, digest))),
  });
}
