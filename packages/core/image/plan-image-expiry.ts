import type { Digest } from '../ports/blob-store.ts';
import type { ImageBlob, PushedImage } from './pushed-image.ts';

/** Time in which a push under way comes to its end, and in which an image may wait for its release without a name. */
const GRACE_MS = 24 * 3_600_000;

export interface ImageExpiry {
  readonly images: readonly PushedImage[];
  readonly blobs: readonly ImageBlob[];
}

/**
 * What of one app's registry nobody needs: images that have no name any more and that no slug is made of (`used`: image ids),
 * and blobs that no image has.
 */
export function planImageExpiry(
  images: readonly PushedImage[],
  blobs: readonly ImageBlob[],
  used: ReadonlySet<Digest>,
  now: Date,
): ImageExpiry {
  const isOld = (at: Date): boolean => now.getTime() - at.getTime() > GRACE_MS;
  const isNeeded = ({ tags, imageId, updatedAt }: PushedImage): boolean =>
    tags.length > 0 || used.has(imageId) || !isOld(updatedAt);
  const kept = new Set(images.filter(isNeeded).flatMap(({ imageId, layers }) => [imageId, ...layers]));
  return {
    images: images.filter((image) => !isNeeded(image)),
    blobs: blobs.filter(({ digest, createdAt }) => !kept.has(digest) && isOld(createdAt)),
  };
}
