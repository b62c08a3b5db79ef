import { nameUuid, PlatformError } from '@jangada/platform-api';

/** The one region of an installation: the machines that it runs on. */
export const REGION = { id: nameUuid('region:local'), name: 'local' };

/** Heroku's public regions are taken for the one there is, so that `heroku create --region eu` in a script goes on. */
const ACCEPTED = new Set([REGION.name, REGION.id, 'us', 'eu']);

/** Throws `invalid_params` for a region that is not this installation. Null asks for none. */
export function requireRegion(name: string | null): void {
  if (name === null || ACCEPTED.has(name)) return;
  throw new PlatformError(
    'invalid_params',
    `Region ${name} is not offered here. Leave it out or use "${REGION.name}".`,
  );
}
