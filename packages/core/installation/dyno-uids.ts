import { PlatformError } from '@jangada/platform-api';

/** User and group ids of the machine, both ends in it. */
export interface UidRange {
  readonly first: number;
  readonly last: number;
}

/**
 * Owner of everything in slugs, and the user of builds: their caches and folders belong to it from one build to the next.
 * Dynos have it too where the machine cannot give them ids of their own.
 */
export const SLUG_UID = 1000;

/**
 * Where dynos' ids come from. Above what useradd, LDAP servers and systemd give to accounts by themselves, and up to the largest
 * that the header of every tar archive can hold (seven octal digits), so that apps that pack their files go on working.
 */
export const DEFAULT_DYNO_UIDS: UidRange = { first: 1_200_000, last: 2_097_151 };

/** Ids of system and login accounts, never given to dynos. */
const LOWEST = 65_536;
/** The kernel keeps the two ids above for "none" and "unchanged". */
const HIGHEST = 4_294_967_293;

/**
 * `JANGADA_DYNO_UIDS`: `FIRST-LAST`, or `off`, which is null: all dynos are one user. Throws `invalid_params`.
 */
export function readDynoUids(text: string): UidRange | null {
  if (text === 'off') return null;
  const [, first, last] = (/^(\d{1,10})-(\d{1,10})$/.exec(text) ?? []).map(Number);
  if (first === undefined || last === undefined || first < LOWEST || last > HIGHEST || last - first < 999) {
    throw new PlatformError(
      'invalid_params',
      `JANGADA_DYNO_UIDS must be "off" or at least a thousand user ids from ${LOWEST} on, such as 1200000-1299999, not "${text}".`,
    );
  }
  return { first, last };
}
