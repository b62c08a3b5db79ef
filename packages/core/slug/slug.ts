import type { Digest } from '../ports/blob-store.ts';

/** A built app, immutable. Runs as the squashfs image `digest`. */
export interface Slug {
  readonly id: string;
  readonly appId: string;
  readonly digest: Digest;
  /** Bytes, compressed. */
  readonly size: number;
  readonly commit: string | null;
  readonly commitDescription: string | null;
  /** Process type to command, from the Procfile or the buildpack's defaults. */
  readonly processTypes: Readonly<Record<string, string>>;
  readonly stack: string;
  readonly buildpackDescription: string | null;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}
