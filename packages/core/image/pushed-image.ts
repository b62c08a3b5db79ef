import type { Digest } from '../ports/blob-store.ts';

/** An image that somebody pushed to the registry for a process type. Its manifest, configuration and layers are blobs. */
export interface PushedImage {
  readonly id: string;
  readonly appId: string;
  readonly type: string;
  /** Names under which it is found now; an image that none is left of goes when nothing is released with it. */
  readonly tags: readonly string[];
  /** Of the manifest. */
  readonly digest: Digest;
  /** Of the configuration: what Docker calls the image id. */
  readonly imageId: Digest;
  /** The lowest first. */
  readonly layers: readonly Digest[];
  readonly mediaType: string;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

/** A blob that an app has in the registry. Content without one for an app is not there for it, whoever else has it. */
export interface ImageBlob {
  readonly id: string;
  readonly appId: string;
  readonly digest: Digest;
  readonly createdAt: Date;
}
