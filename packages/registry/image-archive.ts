import { Readable } from 'node:stream';
import type { BlobStore, PushedImage } from '@jangada/core';
import { type Pack, pack } from 'tar-stream';

/** A pushed image as an archive that an engine loads (the format of `docker save`, image spec 1.2). */
export function imageArchive(blobs: BlobStore, image: PushedImage, signal: AbortSignal): Readable {
  const archive = pack();
  fill(archive, blobs, image, signal).then(
    () => archive.finalize(),
    (error: unknown) => archive.destroy(error instanceof Error ? error : new Error(String(error))),
  );
  return Readable.from(archive, { objectMode: false });
}

async function fill(archive: Pack, blobs: BlobStore, image: PushedImage, signal: AbortSignal): Promise<void> {
  const config = `${image.imageId.slice('sha256:'.length)}.json`;
  const layers = image.layers.map((_digest, index) => `${index}/layer.tar`);
  const manifest = JSON.stringify([{ Config: config, RepoTags: null, Layers: layers }]);
  archive.entry({ name: 'manifest.json' }, manifest);
  await add(archive, blobs, config, image.imageId, signal);
  for (const [index, digest] of image.layers.entries()) {
    await add(archive, blobs, layers[index] ?? '', digest, signal);
  }
}

async function add(archive: Pack, blobs: BlobStore, name: string, digest: string, signal: AbortSignal): Promise<void> {
  const { size = 0 } = (await blobs.stat(digest)) ?? {};
  const entry = archive.entry({ name, size });
  for await (const chunk of await blobs.read(digest, signal)) {
    if (!entry.write(chunk)) await either(entry, 'drain', 'close');
    if (archive.destroyed) throw new Error('Nobody reads the archive any more.');
  }
  entry.end(null);
  if (!entry.destroyed) await either(entry, 'finish', 'close');
}

/** Resolves with the first of these events, and listens no longer: large content has many of them. */
function either(emitter: Pick<NodeJS.EventEmitter, 'on' | 'off'>, ...events: readonly string[]): Promise<void> {
  return new Promise((resolve) => {
    const end = (): void => {
      for (const event of events) emitter.off(event, end);
      resolve();
    };
    for (const event of events) emitter.on(event, end);
  });
}
