import type { Digest, PushedImage, Rows } from '@jangada/core';
import type { Parts } from './image-blobs.ts';
import type { ImageManifest } from './manifest.ts';
import { RegistryError } from './registry-error.ts';

export interface Place {
  readonly appId: string;
  readonly type: string;
  /** Null: it is known by its digest alone. */
  readonly tag: string | null;
}

/** By tag or digest. */
export async function findImage(
  rows: Rows,
  appId: string,
  type: string,
  reference: string,
): Promise<PushedImage | null> {
  if (reference.startsWith('sha256:')) return rows.pushedImages.find({ appId, type, digest: reference });
  const images = await rows.pushedImages.list({ appId, type });
  return images.find(({ tags }) => tags.includes(reference)) ?? null;
}

export async function tagsOf(rows: Rows, appId: string, type: string): Promise<readonly string[]> {
  return (await rows.pushedImages.list({ appId, type })).flatMap(({ tags }) => tags).toSorted();
}

/** Writes an image down once all of it is there. Throws MANIFEST_BLOB_UNKNOWN. */
export async function keepImage(
  parts: Parts,
  { appId, type, tag }: Place,
  digest: Digest,
  { mediaType, imageId, layers }: ImageManifest,
): Promise<void> {
  const { store, clock, ids } = parts;
  const needed = [...new Set([imageId, ...layers])];
  const there = await store.rows.imageBlobs.count({ appId, digest: needed });
  if (there < needed.length) {
    throw new RegistryError('MANIFEST_BLOB_UNKNOWN', 'Layers of this image are missing. Push it again.');
  }
  await store.transaction(async (tx) => {
    await tx.lock(appId);
    const now = clock.now();
    const known = await tx.pushedImages.find({ appId, type, digest });
    const row = {
      id: ids.uuid(),
      appId,
      type,
      tags: [],
      digest,
      imageId,
      layers,
      mediaType,
      createdAt: now,
      updatedAt: now,
    };
    if (known === null) await tx.pushedImages.insert(row);
    if (tag !== null) await moveTag(tx, { appId, type, tag }, digest, now);
  });
}

/** Gives the tag to an image that is there. False when it is not. */
export async function tagImage({ store, clock }: Parts, place: Place, digest: Digest): Promise<boolean> {
  return store.transaction(async (tx) => {
    await tx.lock(place.appId);
    const { appId, type } = place;
    if ((await tx.pushedImages.find({ appId, type, digest })) === null) return false;
    await moveTag(tx, place, digest, clock.now());
    return true;
  });
}

async function moveTag(rows: Rows, { appId, type, tag }: Place, digest: Digest, updatedAt: Date): Promise<void> {
  if (tag === null) return;
  for (const image of await rows.pushedImages.list({ appId, type })) {
    const others = image.tags.filter((each) => each !== tag);
    const tags = image.digest === digest ? [...others, tag] : others;
    if (tags.length !== image.tags.length || image.digest === digest) {
      await rows.pushedImages.update(image.id, { tags, updatedAt });
    }
  }
}
