import type { Digest } from '../ports/blob-store.ts';
import type { ProcessImage } from './process-image.ts';

/** A built app, immutable. Runs as the squashfs image `digest` on a stack, or as `images` on the container stack. */
export interface Slug {
  readonly id: string;
  readonly appId: string;
  /** Null while it waits for its upload, and on the container stack. */
  readonly digest: Digest | null;
  /** Bytes, compressed. */
  readonly size: number;
  /** Of the uploaded archive, as the client wrote it (`SHA256:…`); null for what was built here. */
  readonly checksum: string | null;
  readonly commit: string | null;
  readonly commitDescription: string | null;
  /** Process type to command, from the Procfile or the buildpack's defaults. */
  readonly processTypes: Readonly<Record<string, string>>;
  /** What each process type runs on the container stack; null on every other. */
  readonly images: Readonly<Record<string, ProcessImage>> | null;
  readonly stack: string;
  readonly buildpackDescription: string | null;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}
