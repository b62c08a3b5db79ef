import { pipeline } from 'node:stream/promises';
import { ARCHIVE_HEAD_BYTES, type ArchiveFormat, archiveFormat, type Digest, type Source } from '@jangada/core';
import { isPlatformError, PlatformError } from '@jangada/platform-api';
import type { SourceBlob } from '@jangada/platform-api/requests';
import type { Context } from '../context.ts';
import { createSource } from '../resources/sources/create.ts';
import { sourceNotFound, storeSource } from '../resources/sources/store.ts';
import { ownSourceOf } from '../resources/sources/url.ts';
import { download } from './download.ts';

/** Milliseconds in which an archive must have been downloaded. */
const DOWNLOAD_MS = 10 * 60_000;

/** An archive that is on disk, complete and checked. */
export interface Archive {
  readonly digest: Digest;
  readonly format: ArchiveFormat;
}

/**
 * Gets an archive that a client names by URL: uploaded here before, or downloaded now. Throws PlatformError when it cannot be
 * had, is not what its checksum says, or is no archive.
 */
export async function obtainArchive(
  context: Context,
  accountId: string,
  blob: Pick<SourceBlob, 'url' | 'checksum'>,
  signal: AbortSignal,
): Promise<Archive> {
  const { digest } =
    (await uploadedSource(context, blob.url)) ?? (await fetchSource(context, accountId, blob.url, signal));
  if (digest === null) throw sourceNotFound();
  requireChecksum(digest, blob.checksum ?? null);
  return readArchive(context, digest);
}

/** Throws `invalid_params` unless the checksum is of this content: `SHA256:` and hex digits, in any case. */
export function requireChecksum(digest: Digest, checksum: string | null): void {
  if (checksum === null || checksum.trim() === '') return;
  const [, hex] = /^sha256:([0-9a-f]{64})$/i.exec(checksum.trim()) ?? [];
  if (hex === undefined) {
    throw new PlatformError('invalid_params', 'The checksum must be SHA256: and 64 hex digits.');
  }
  if (digest === `sha256:${hex.toLowerCase()}`) return;
  throw new PlatformError(
    'invalid_params',
    `The checksum does not fit: the archive has ${digest.replace('sha256', 'SHA256')}. Upload it again.`,
  );
}

async function uploadedSource(context: Context, url: string): Promise<Source | null> {
  const id = URL.canParse(url) ? ownSourceOf(context, new URL(url)) : null;
  if (id === null) return null;
  const source = await context.store.rows.sources.get(id);
  if (!source?.digest)
    throw new PlatformError('not_found', 'Nothing was uploaded to this source yet. PUT it to its put_url.');
  return source;
}

async function fetchSource(context: Context, accountId: string, url: string, signal: AbortSignal): Promise<Source> {
  const timeout = AbortSignal.timeout(DOWNLOAD_MS);
  const either = AbortSignal.any([signal, timeout]);
  try {
    const content = await download(url, { signal: either, trustedHosts: context.downloadHosts });
    try {
      return await storeSource(context, await createSource(context, accountId), content, either);
    } finally {
      // What was refused before any of it was taken would keep its connection open.
      content.destroy();
    }
  } catch (error) {
    signal.throwIfAborted();
    if (isPlatformError(error)) throw error;
    const why = timeout.aborted ? 'It took more than 10 minutes.' : 'The connection broke.';
    throw new PlatformError('invalid_params', `The source cannot be downloaded. ${why}`, { cause: error });
  }
}

/** Looks at what is on disk. Throws `invalid_params` when it is no archive. */
export async function readArchive(context: Context, digest: Digest): Promise<Archive> {
  const stop = new AbortController();
  const chunks: Buffer[] = [];
  await pipeline(await context.blobs.read(digest, stop.signal), async (content: AsyncIterable<Buffer>) => {
    for await (const chunk of content) {
      chunks.push(chunk);
      if (chunks.reduce((sum, { length }) => sum + length, 0) >= ARCHIVE_HEAD_BYTES) return;
    }
  });
  const format = archiveFormat(Buffer.concat(chunks));
  if (format) return { digest, format };
  throw new PlatformError(
    'invalid_params',
    'It is neither a tar nor a zip archive. Pack it with: tar -czf source.tgz .',
  );
}
