import type { Readable } from 'node:stream';
import { createGunzip, createZstdDecompress } from 'node:zlib';
import { parseHerokuYml } from '@jangada/builder';
import { type AppJson, CONTAINER_STACK, type HerokuYml, readAppJson } from '@jangada/core';
import type { Context } from '../../context.ts';
import { readArchiveFile } from '../../deploy/archive-file.ts';
import type { Archive } from '../../deploy/obtain-source.ts';
import { DEFAULT_STACK } from '../stacks/catalog.ts';
import { AppSetupFailure } from './failure.ts';

/** What a source asks of the app that is set up from it. */
export interface Manifest {
  readonly appJson: AppJson;
  /** Stack that the app is to have; null when nobody says. */
  readonly stack: string | null;
  /** `setup` of the heroku.yml; it counts on the container stack alone. */
  readonly setup: Pick<HerokuYml, 'addons' | 'config'>;
}

const NO_SETUP = { addons: [], config: {} };

/**
 * The app.json of a source, and its heroku.yml on the container stack, where an app.json may be missing. `asked`: the stack that the
 * person names, which counts over that of the app.json. Throws AppSetupFailure with all that is wrong.
 */
export async function readManifest(context: Context, archive: Archive, asked: string | null): Promise<Manifest> {
  const text = await readTopFile(context, archive, 'app.json');
  const { appJson, errors } = readAppJson(text ?? '{}');
  if (errors.length > 0) throw new AppSetupFailure('The app.json is not valid.', errors);
  const stack = asked ?? stackOf(appJson.stack);
  const yml = stack === CONTAINER_STACK ? await readTopFile(context, archive, 'heroku.yml') : null;
  if (text === null && yml === null)
    throw new AppSetupFailure('There is no app.json at the top of the source. Add one.');
  if (yml === null) return { appJson, stack, setup: NO_SETUP };
  const { herokuYml, errors: ymlErrors } = parseHerokuYml(yml);
  if (ymlErrors.length > 0) throw new AppSetupFailure('The heroku.yml is not valid.', ymlErrors);
  return { appJson, stack, setup: herokuYml };
}

/** An app.json names the stack of its day: any of Heroku's with buildpacks is ours here. */
function stackOf(name: string | null): string | null {
  if (name === null || name === CONTAINER_STACK) return name;
  if (/^heroku-\d+$/.test(name)) return DEFAULT_STACK;
  throw new AppSetupFailure(`The app.json asks for the stack ${name}. Use container, ${DEFAULT_STACK}, or none.`);
}

async function readTopFile(context: Context, archive: Archive, name: string): Promise<string | null> {
  const content = await context.blobs.read(archive.digest);
  const tar = unpacked(content, archive);
  return readArchiveFile(tar, name).finally(() => {
    tar.destroy();
    content.destroy();
  });
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
