import { BUILDPACK_REGISTRY, DETECTION_ORDER, parseBuildpackAddress, registryUrlOf } from '@jangada/core';
import { nameUuid, PlatformError } from '@jangada/platform-api';

/**
 * What the CLI's `buildpacks:set heroku/nodejs` asks the buildpack registry (cli-contract 3.11). Names of the namespace
 * `heroku` are those we know; others are looked for when an app is built.
 */
export function lookUpBuildpack(name: string): object {
  const { display, source } = readName(name);
  const isKnown = source.namespace !== 'heroku' || DETECTION_ORDER.some((known) => known === source.name);
  if (!isKnown) throw notInRegistry(name);
  return {
    id: nameUuid(`buildpack:${display}`),
    name: source.name,
    namespace: source.namespace,
    blob_url: registryUrlOf(source, BUILDPACK_REGISTRY),
    description: '',
    category: 'languages',
  };
}

function readName(name: string) {
  if (!/^[\w-]+\/[\w.-]+$/.test(name)) throw notInRegistry(name);
  const { display, source } = parseBuildpackAddress(name);
  if (source.kind !== 'named') throw notInRegistry(name);
  return { display, source };
}

function notInRegistry(name: string): PlatformError {
  return new PlatformError('not_found', `${name.slice(0, 100)} is not in the buildpack registry.`, {
    resource: 'buildpack',
  });
}
