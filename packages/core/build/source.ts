import type { Digest } from '../ports/blob-store.ts';

/** An archive of source code, uploaded or fetched to be built. Kept for a day. */
export interface Source {
  readonly id: string;
  readonly accountId: string;
  /** Null until it is there. */
  readonly digest: Digest | null;
  /** Bytes as they came. While they come, those that it may have so far; 0 before. */
  readonly size: number;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

/** How an archive is packed. */
export type ArchiveFormat = 'tar' | 'gzip' | 'bzip2' | 'xz' | 'zstd' | 'zip';

const MAGIC: readonly (readonly [ArchiveFormat, string])[] = [
  ['gzip', '1f8b'],
  ['bzip2', '425a68'],
  ['xz', 'fd377a585a00'],
  ['zstd', '28b52ffd'],
  ['zip', '504b0304'],
];

/** Bytes of an archive's beginning that tell its format. */
export const ARCHIVE_HEAD_BYTES = 262;

/** Looks at the first bytes of an archive. Null when it is none that can be built. */
export function archiveFormat(head: Uint8Array): ArchiveFormat | null {
  const bytes = Buffer.from(head);
  const magic = MAGIC.find(([, hex]) => bytes.toString('hex', 0, hex.length / 2) === hex);
  if (magic) return magic[0];
  return bytes.toString('latin1', 257, 262) === 'ustar' ? 'tar' : null;
}

/** A URL as it may be kept and shown: without user, password, query and fragment, which carry secrets. */
export function presentableUrl(url: string): string {
  try {
    const { origin, pathname } = new URL(url);
    return `${origin}${pathname}`;
  } catch {
    return '';
  }
}
