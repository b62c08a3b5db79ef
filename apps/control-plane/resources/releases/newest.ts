import type { Release, ReleaseStatus, Rows } from '@jangada/core';

/** The last entry of the ledger, whatever became of it: its config vars are the app's config vars. */
export function newestRelease(rows: Rows, appId: string): Promise<Release | null> {
  return newest(rows, appId, ['pending', 'succeeded', 'failed', 'expired']);
}

/** The release that the app runs: the newest one that succeeded. */
export function currentRelease(rows: Rows, appId: string): Promise<Release | null> {
  return newest(rows, appId, ['succeeded']);
}

/** The release whose slug the next config change goes on with: a slug whose release command failed is not it. */
export function standingRelease(rows: Rows, appId: string): Promise<Release | null> {
  return newest(rows, appId, ['succeeded', 'pending']);
}

/** The app's config vars. They stay changed when the release phase of the change fails (behaviour 6). */
export async function currentConfigVars(rows: Rows, appId: string): Promise<Release['configVars']> {
  return (await newestRelease(rows, appId))?.configVars ?? {};
}

async function newest(rows: Rows, appId: string, status: readonly ReleaseStatus[]): Promise<Release | null> {
  const [release] = await rows.releases.list({ appId, status }, { orderBy: 'version', direction: 'desc', limit: 1 });
  return release ?? null;
}
