import type { Readable } from 'node:stream';

/** `sha256:` followed by 64 lower-case hex digits. */
export type Digest = string;

export interface BlobInfo {
  readonly digest: Digest;
  /** Bytes. */
  readonly size: number;
}

/** Immutable content, named by its SHA-256. Holds slugs (squashfs images) and uploaded sources. */
export interface BlobStore {
  /** Stores a stream. Nothing is visible under the digest until all of it is on disk. */
  put(content: Readable, signal?: AbortSignal): Promise<BlobInfo>;
  /** Takes over a finished local file by moving it (same file system) or copying it; the file is gone afterwards. */
  adopt(file: string, signal?: AbortSignal): Promise<BlobInfo>;
  /** Null when there is no such blob. */
  stat(digest: Digest): Promise<BlobInfo | null>;
  /** Throws `not_found` when there is no such blob. */
  read(digest: Digest, signal?: AbortSignal): Promise<Readable>;
  /** Removing a blob that is not there is not an error. */
  delete(digest: Digest): Promise<void>;
  /** Every blob, in no particular order. */
  list(): AsyncIterable<BlobInfo>;
}
