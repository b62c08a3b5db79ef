import { type Ids, isAppName } from '@jangada/core';
import { PlatformError } from '@jangada/platform-api';

/** Throws `invalid_params` with the reason, as Heroku words it. */
export function requireAppName(name: string): string {
  const complaint =
    name.length < 3
      ? 'Name is too short (minimum is 3 characters).'
      : name.length > 30
        ? 'Name is too long (maximum is 30 characters).'
        : isAppName(name)
          ? null
          : 'Name must start with a letter, end with a letter or digit and can only contain lowercase letters, digits, and dashes.';
  if (complaint !== null) throw new PlatformError('invalid_params', complaint);
  return name;
}

export function nameTaken(name: string): PlatformError {
  return new PlatformError('invalid_params', `Name ${name} is already taken. Choose another name.`);
}

const ADJECTIVES =
  'amber ancient autumn blue bold brave bright calm clear coastal cool crimson dawn deep distant drifting early eager fair fresh gentle glowing golden green high hidden kind lively long lucky misty morning mighty noble open patient pearly polished proud quick quiet rapid restless rising rolling sandy serene shining silent silver small smooth soft sparkling spring steady still summer sunny swift tidal tropical turquoise vast violet warm white wide wild windy winter young';
const NOUNS =
  'anchor bay beach breeze bridge canoe canyon cape cliff cloud coast compass coral cove creek crew current delta dolphin dune eddy field fish forest garden grove gull harbor haven hill horizon island keel lagoon lake lantern leaf light lighthouse mangrove mast meadow moon mountain night oar ocean paddle palm path pebble pelican pier plain pond port rain raft reef ridge river rock rudder sail sand sea shell shore sky snow star stone storm stream sun surf swell tide tree valley voyage water wave wind wood';

/** A name such as `restless-lagoon-48213`. */
export function randomAppName(ids: Ids): string {
  const pick = (words: string): string => {
    const list = words.split(' ');
    return list[ids.integer(0, list.length - 1)]!;
  };
  return `${pick(ADJECTIVES)}-${pick(NOUNS)}-${ids.integer(10_000, 99_999)}`;
}
