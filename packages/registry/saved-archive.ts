import type { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import type { BlobStore, Digest } from '@jangada/core';
import { PlatformError } from '@jangada/platform-api';
import { extract, type Header } from 'tar-stream';

/** An image whose configuration and layers are blobs. */
export interface SavedImage {
  readonly imageId: Digest;
  /** The lowest first; as plain tar archives. */
  readonly layers: readonly Digest[];
}

const MAX_TEXT_BYTES = 4 * 1024 * 1024;

/** Of newer engines: the digest is the name. */
const NAMED_BLOB = /^blobs\/(sha256)\/([0-9a-f]{64})$/;

/** What no image is made of. */
const LEFT_OUT = /(^|\/)(VERSION|json|repositories|index\.json|oci-layout)$/;

/**
 * Takes what an engine saved (the format of `docker save`, with layers by their name or by their digest) into the blob store.
 * Layers that are there already are not written again where their name tells. Throws `engine_unavailable` when the archive is
 * not whole, or is not of the images that it says.
 */
export async function takeSavedImages(
  blobs: BlobStore,
  archive: Readable,
  signal: AbortSignal,
): Promise<readonly SavedImage[]> {
  const digests = new Map<string, Digest>();
  const links = new Map<string, string>();
  let manifest: Buffer | null = null;
  const entries = extract();
  archive.on('error', (error) => entries.destroy(error));
  archive.pipe(entries as unknown as NodeJS.WritableStream);
  try {
    for await (const entry of entries) {
      const { name, type, linkname, size = 0 }: Header = entry.header;
      if (type === 'file' && name === 'manifest.json' && size <= MAX_TEXT_BYTES) {
        manifest = await buffer(entry as AsyncIterable<Buffer> as Readable);
      } else if (type === 'file' && !LEFT_OUT.test(name)) {
        digests.set(name, await takeBlob(blobs, name, entry as AsyncIterable<Buffer> as Readable, signal));
      } else if (linkname) {
        links.set(name, linkname.replace(/^(\.\.\/)+/, ''));
      }
      entry.resume();
    }
  } finally {
    archive.destroy();
  }
  if (manifest === null) throw broken();
  const digestOf = (name: string): Digest => {
    const digest = digests.get(name) ?? digests.get(links.get(name) ?? '');
    if (digest === undefined) throw broken();
    return digest;
  };
  const images: SavedImage[] = [];
  for (const { Config, Layers } of JSON.parse(manifest.toString('utf8')) as readonly ManifestEntry[]) {
    const image = { imageId: digestOf(Config), layers: Layers.map(digestOf) };
    await requireItsLayers(blobs, image);
    images.push(image);
  }
  return images;
}

interface ManifestEntry {
  readonly Config: string;
  readonly Layers: readonly string[];
}

async function takeBlob(blobs: BlobStore, name: string, content: Readable, signal: AbortSignal): Promise<Digest> {
  const [, algorithm, hex] = NAMED_BLOB.exec(name) ?? [];
  const named = hex === undefined ? null : await blobs.stat(`${algorithm}:${hex}`);
  return named?.digest ?? (await blobs.put(content, signal)).digest;
}

/** The configuration says which layers an image has, by the digests of their content. */
async function requireItsLayers(blobs: BlobStore, { imageId, layers }: SavedImage): Promise<void> {
  const text = (await buffer(await blobs.read(imageId))).toString('utf8');
  const { rootfs } = JSON.parse(text) as { readonly rootfs?: { readonly diff_ids?: readonly Digest[] } };
  if (JSON.stringify(rootfs?.diff_ids) !== JSON.stringify(layers)) throw broken();
}

function broken(): PlatformError {
  return new PlatformError('engine_unavailable', 'The Docker Engine gave out an image that is not whole. Try again.');
}
