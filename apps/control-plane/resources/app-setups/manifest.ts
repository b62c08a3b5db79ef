import type { Readable } from 'node:stream';
import { createGunzip, createZstdDecompress } from 'node:zlib';
import { type AppJson, readAppJson } from '@jangada/core';
import type { Context } from '../../context.ts';
import { readArchiveFile } from '../../deploy/archive-file.ts';
import type { Archive } from '../../deploy/obtain-source.ts';
import { AppSetupFailure } from './failure.ts';

/** The app.json of a source. Throws AppSetupFailure when there is none, or with all that is wrong with it. */
export async function readManifest(context: Context, archive: Archive): Promise<AppJson> {
  const stop = new AbortController();
  const content = await context.blobs.read(archive.digest, stop.signal);
  const tar = unpacked(content, archive);
  const text = await readArchiveFile(tar, 'app.json').finally(() => {
    tar.destroy();
    content.destroy();
  });
  if (text === null) throw new AppSetupFailure('There is no app.json at the top of the source. Add one.');
  const { appJson, errors } = readAppJson(text);
  if (errors.length > 0) throw new AppSetupFailure('The app.json is not valid.', errors);
  return appJson;
}

function unpacked(content: Readable, { format }: Archive): Readable {
  if (format === 'tar') return content;
  if (format !== 'gzip' && format !== 'zstd') {
    throw new AppSetupFailure('Pack the source with gzip: tar -czf source.tgz .');
  }
  const unzip = format === 'gzip' ? createGunzip() : createZstdDecompress();
  content.on('error', (error) => unzip.destroy(error));
  return content.pipe(unzip);
}
