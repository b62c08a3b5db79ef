import type { Release } from '../release/release.ts';

/**
 * The last release that changed what an app runs, rather than only its config vars. `releases`: the newest first, down to any
 * version; null when they end before that release, or when there is none.
 */
export function lastDeployment(releases: readonly Release[]): Release | null {
  return releases.find((release, index) => isDeployment(release, releases.slice(index + 1))) ?? null;
}

/** Compared with what stood before it: after a failed release the old code goes on, and is not deployed anew. */
function isDeployment({ slugId, version }: Release, before: readonly Release[]): boolean {
  if (slugId === null) return false;
  const standing = before.find(({ status }) => status !== 'failed');
  return standing === undefined ? (before.at(-1)?.version ?? version) === 1 : standing.slugId !== slugId;
}
