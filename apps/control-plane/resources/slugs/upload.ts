import { type Readable, Writable } from 'node:stream';
import { buildFailureSentence, type Slug } from '@jangada/core';
import { PlatformError } from '@jangada/platform-api';
import type { DeployParts } from '../../deploy/build-and-release.ts';
import { readArchive, requireChecksum } from '../../deploy/obtain-source.ts';
import { requireRoom, requireRoomStill } from '../../tidying/require-room.ts';
import { removeUnusedBlob } from '../../tidying/unused-blobs.ts';
import { atMost } from '../sources/at-most.ts';

const GIGABYTE = 1024 ** 3;

/** Bytes of an uploaded slug archive, and of what is in it. */
const LIMITS = { archive: GIGABYTE, sourceBytes: 4 * GIGABYTE };

/**
 * Takes a slug's archive and turns it into the image that dynos run, in a build container. Throws `conflict` when the slug
 * is there already, `disk_full`, `invalid_params` with what is wrong with the archive.
 */
export async function uploadSlug(parts: DeployParts, slug: Slug, content: Readable, gone: AbortSignal): Promise<void> {
  const { context } = parts;
  if (slug.digest !== null) throw new PlatformError('conflict', 'This slug is there already. Create another one.');
  await parts.running.run({ id: slug.id, appId: slug.appId }, gone, async (signal) => {
    await requireRoom(context, 'slugs');
    const counted = atMost(content, LIMITS.archive, () => requireRoomStill(context, 'slugs'));
    const archive = await context.blobs.put(counted, signal);
    try {
      requireChecksum(archive.digest, slug.checksum);
      const image = await convert(parts, slug, archive.digest, signal);
      await context.store.rows.slugs.update(slug.id, {
        ...image,
        checksum: archive.digest.replace('sha256', 'SHA256'),
        updatedAt: context.clock.now(),
      });
    } finally {
      await removeUnusedBlob(context, archive.digest);
    }
  });
}

async function convert(
  { context, builder }: DeployParts,
  slug: Slug,
  archive: string,
  signal: AbortSignal,
): Promise<Pick<Slug, 'size'> & { readonly digest: string }> {
  const { digest, format } = await readArchive(context, archive);
  const app = await context.store.rows.apps.get(slug.appId);
  const result = await builder.build(
    {
      kind: 'slug',
      buildId: context.ids.uuid(),
      appId: slug.appId,
      appName: app?.name ?? slug.id,
      stack: slug.stack,
      image: await context.stackImage(slug.stack, 'build'),
      source: (wanted) => context.blobs.read(digest, wanted),
      sourceFormat: format,
      sourceVersion: slug.commit,
      buildpacks: [],
      configVars: {},
      output: new Writable({ write: (_chunk, _encoding, done) => done() }),
      limits: { sourceBytes: LIMITS.sourceBytes },
    },
    signal,
  );
  if (result.ok && result.digest !== null) return { digest: result.digest, size: result.size };
  const sentence = result.ok ? 'It is none.' : buildFailureSentence(result.failure).replace(/^Push rejected, /, '');
  throw new PlatformError('invalid_params', `The slug was not taken: ${sentence}`);
}
