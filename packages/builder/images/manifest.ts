import { DOCKERFILE_ONLY, type HerokuYml, readHerokuYml } from '@jangada/core';
import { PlatformError } from '@jangada/platform-api';
import { parseDocument } from 'yaml';
import type { SourceArchive } from './source-archive.ts';

export const HEROKU_YML = 'heroku.yml';

/** A heroku.yml's text as what it asks for; `errors` are sentences. */
export function parseHerokuYml(text: string): ReturnType<typeof readHerokuYml> {
  // Merge keys (`<<: *config`) are of YAML 1.1, which Heroku reads: files of people have them.
  const document = parseDocument(text, { logLevel: 'silent', prettyErrors: true, merge: true });
  const [error] = document.errors;
  if (error !== undefined) {
    const [line] = error.message.split('\n');
    return { ...readHerokuYml({ build: {} }), errors: [`It is not valid YAML: ${line}`] };
  }
  try {
    return readHerokuYml(document.toJS({ maxAliasCount: 10 }));
  } catch {
    return { ...readHerokuYml({ build: {} }), errors: ['It has too many aliases. Write the values out.'] };
  }
}

/** What the source asks to be built. Throws `invalid_params` with all that is wrong. */
export async function readManifest(source: SourceArchive): Promise<HerokuYml> {
  const { texts } = await source.texts([HEROKU_YML, 'Dockerfile']);
  const text = texts.get(HEROKU_YML);
  if (text !== undefined) {
    const { herokuYml, errors } = parseHerokuYml(text);
    if (errors.length > 0) throw new PlatformError('invalid_params', errors.join('\n'));
    return herokuYml;
  }
  if (texts.has('Dockerfile')) return DOCKERFILE_ONLY;
  const message =
    'There is neither a heroku.yml nor a Dockerfile. Add one, or go back to buildpacks: heroku stack:set heroku-24';
  throw new PlatformError('invalid_params', message);
}
