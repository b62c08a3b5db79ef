import type { Readable } from 'node:stream';
import type { Digest } from './blob-store.ts';

/** One Dockerfile to build. */
export interface ImageBuild {
  /** Tells builds apart. */
  readonly buildId: string;
  /** The build context as a plain tar archive. */
  readonly context: Readable;
  /** Path of the Dockerfile in the context. */
  readonly dockerfile: string;
  /** Stage to stop at; null: the last one. */
  readonly target: string | null;
  readonly buildArgs: Readonly<Record<string, string>>;
  /** What `RUN --mount=type=secret,id=NAME` finds, by name. In no layer and no log. */
  readonly secrets: Readonly<Record<string, string>>;
  /** Cached layers of RUN and cache mounts are found again by builds of the same scope only. Lower-case letters, digits, dashes. */
  readonly cacheScope: string;
}

/** An image on the engine. */
export interface ImageInfo {
  /** Digest of the image's configuration: what Docker calls the image id. */
  readonly imageId: Digest;
  /** Bytes of all layers, unpacked. */
  readonly size: number;
  readonly entrypoint: readonly string[];
  /** As the image has it: `['/bin/sh', '-c', 'npm start']` for a CMD in shell form. */
  readonly cmd: readonly string[];
}

/** Something that a build says while it runs. */
export type ImageBuildEvent =
  /** A step begins, with its number in the order of appearance. */
  | { readonly kind: 'step'; readonly step: number; readonly name: string }
  | { readonly kind: 'output'; readonly step: number; readonly text: string }
  | {
      readonly kind: 'end';
      readonly step: number;
      readonly seconds: number;
      readonly isCached: boolean;
      /** Null when it went well. */
      readonly error: string | null;
    };

/** Images of container apps on the machine's engine. */
export interface Images {
  /**
   * Builds one Dockerfile with BuildKit. Aborting the signal ends it at once and leaves nothing but cache. Throws
   * `invalid_params` with what the Dockerfile does wrong, `engine_unavailable` when the engine does not answer. The image is
   * kept until `remove`.
   */
  build(order: ImageBuild, say: (event: ImageBuildEvent) => void, signal: AbortSignal): Promise<ImageInfo>;
  /** Null when the engine does not have it. */
  find(imageId: Digest): Promise<ImageInfo | null>;
  /** As `find`; the image is kept until `remove`, whoever brought it to the engine. */
  keep(imageId: Digest): Promise<ImageInfo | null>;
  /** Takes in an archive as `docker save` writes it, with one image. The image is kept until `remove`. Throws `invalid_params`. */
  load(archive: Readable, imageId: Digest, signal?: AbortSignal): Promise<ImageInfo>;
  /**
   * Gives out images as one archive as `docker save` writes it, which `load` takes; layers that they share are in it once.
   * Throws `not_found` when the engine has lost one of them, `not_implemented` when what it gives out could not be loaded again.
   */
  save(imageIds: readonly Digest[], signal: AbortSignal): Promise<Readable>;
  /** Ids of the images that are kept. */
  list(): Promise<readonly Digest[]>;
  /** Gives an image up; the engine removes what no container and no other image uses. Bytes of the image, 0 when it was not there. */
  remove(imageId: Digest): Promise<number>;
  /** Drops cache that no build has used for this many days. Bytes that this frees. */
  pruneCache(days: number): Promise<number>;
}
