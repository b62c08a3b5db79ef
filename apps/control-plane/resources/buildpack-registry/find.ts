import { type KnownBuildpack, knownBuildpacks } from '@jangada/builder';
import { type BuildpackAddress, DETECTION_ORDER, parseBuildpackAddress } from '@jangada/core';
import { PlatformError } from '@jangada/platform-api';
import { BUILDPACKS_FOLDER } from '../../config.ts';
import type { Context } from '../../context.ts';

/** The buildpack registry of this installation, as Heroku's CLI asks it (cli-contract 3.11). */
export function listBuildpacks({ home }: Context): Promise<readonly KnownBuildpack[]> {
  return knownBuildpacks(BUILDPACKS_FOLDER, home.buildpacks);
}

/** Throws `not_found` for a name that this installation does not know. */
export async function findBuildpack(context: Context, name: string): Promise<KnownBuildpack> {
  const known = (await listBuildpacks(context)).find((each) => each.name === name.toLowerCase());
  if (known) return known;
  const shown = name.slice(0, 130);
  throw new PlatformError('not_found', `${shown} is not in the buildpack registry.`, { resource: 'buildpack' });
}

/**
 * Reads the address of a buildpack. Names of the namespace `heroku` must be among those that are known; others may be
 * Heroku's registry's and are looked for when an app is built. Throws `invalid_params`.
 */
export async function requireBuildpack(context: Context, address: string): Promise<BuildpackAddress> {
  const buildpack = parseBuildpackAddress(address);
  const { source, display } = buildpack;
  if (source.kind !== 'named' || source.namespace !== 'heroku') return buildpack;
  const known = (await listBuildpacks(context)).map(({ name }) => name);
  if ([...DETECTION_ORDER.map((name) => `heroku/${name}`), ...known].includes(display.toLowerCase())) return buildpack;
  throw new PlatformError('invalid_params', `${display} is not in the buildpack registry.`);
}
