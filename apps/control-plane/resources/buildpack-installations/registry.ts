import {
  BUILDPACK_REGISTRY,
  type BuildpackAddress,
  DETECTION_ORDER,
  parseBuildpackAddress,
  registryUrlOf,
} from '@jangada/core';
import { nameUuid, PlatformError } from '@jangada/platform-api';

/**
 * Reads the address of a buildpack. Names of the namespace `heroku` must be among those we know; others are looked for
 * when an app is built. Throws `invalid_params`.
 */
export function requireBuildpack(address: string): BuildpackAddress {
  const buildpack = parseBuildpackAddress(address);
  const { source, display } = buildpack;
  const isUnknown =
    source.kind === 'named' && source.namespace === 'heroku' && !DETECTION_ORDER.some((known) => known === source.name);
  if (isUnknown) throw new PlatformError('invalid_params', `${display} is not in the buildpack registry.`);
  return buildpack;
}

/**
 * What the CLI's `buildpacks:set heroku/nodejs` asks the buildpack registry (cli-contract 3.11). It takes `blob_url` out of
 * any answer, whatever its status, so unknown names are answered too and refused when they are set.
 */
export function lookUpBuildpack(name: string): object {
  const { display, source } = parseBuildpackAddress(name);
  if (source.kind !== 'named') {
    throw new PlatformError('not_found', `${display} is not in the buildpack registry.`, { resource: 'buildpack' });
  }
  return {
    id: nameUuid(`buildpack:${display}`),
    name: source.name,
    namespace: source.namespace,
    blob_url: registryUrlOf(source, BUILDPACK_REGISTRY),
    description: '',
    category: 'languages',
  };
}
