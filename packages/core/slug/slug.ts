import type { Digest } from '../ports/blob-store.ts';

/** A built app, immutable. Runs as the squashfs image `digest`. */
export interface Slug {
  readonly id: string;
  readonly appId: string;
  /** Null while it waits for its upload. */
  readonly digest: Digest | null;
  /** Bytes, compressed. */
  readonly size: number;
  /** Of the uploaded archive, as the client wrote it (`SHA256:…`); null for what was built here. */
  readonly checksum: string | null;
  readonly commit: string | null;
  readonly commitDescription: string | null;
  /** Process type to command, from the Procfile or the buildpack's defaults. */
  readonly processTypes: Readonly<Record<string, string>>;
  readonly stack: string;
  readonly buildpackDescription: string | null;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}
