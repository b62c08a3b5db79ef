import type { Release } from '../release/release.ts';
import type { Slug } from './slug.ts';

/** Releases whose slug is kept whatever their age, and days for which every slug is kept (behaviour 6). */
export const KEPT_RELEASES = 20;
export const KEPT_DAYS = 30;

/** Days that a slug waits for its upload. */
const UPLOAD_DAYS = 1;

const DAY_MS = 24 * 3_600_000;

export interface Expiry {
  /** Releases to mark as expired: their slug goes, so nobody can go back to them. */
  readonly releases: readonly Release[];
  readonly slugs: readonly Slug[];
}

/**
 * What of one app has had its time: slugs of releases that are older than 30 days and older than 20 releases, and slugs that
 * were uploaded and released by nobody. What the app runs or is about to run stays.
 */
export function planExpiry(releases: readonly Release[], slugs: readonly Slug[], now: Date): Expiry {
  const isOlder = (than: number, { createdAt }: { readonly createdAt: Date }): boolean =>
    now.getTime() - createdAt.getTime() > than * DAY_MS;
  const newestFirst = releases.toSorted((one, other) => other.version - one.version);
  const running = newestFirst.findIndex(({ status }) => status === 'succeeded');
  const past = newestFirst.filter((release, index) => {
    const stays = index < KEPT_RELEASES || index <= running || release.status === 'pending';
    return !stays && isOlder(KEPT_DAYS, release);
  });
  const gone = new Set(past.map(({ id }) => id));
  const held = new Set(
    releases.filter(({ id, status }) => !gone.has(id) && status !== 'expired').map((one) => one.slugId),
  );
  return {
    releases: past.filter(({ slugId, status }) => slugId !== null && status === 'succeeded'),
    slugs: slugs.filter((slug) => !held.has(slug.id) && isOlder(isUploaded(slug) ? KEPT_DAYS : UPLOAD_DAYS, slug)),
  };
}

function isUploaded({ digest, images }: Slug): boolean {
  return digest !== null || images !== null;
}
