import type { Release, Rows } from '@jangada/core';
import { PlatformError } from '@jangada/platform-api';
import { isUuid } from '../../auth/require-app.ts';
import { currentRelease } from './newest.ts';

/** A release by id, version (`12`, `v12`) or `current`. Throws `not_found`. */
export async function findRelease(rows: Rows, appId: string, asked: string): Promise<Release> {
  const release = await lookUp(rows, appId, asked.toLowerCase());
  if (release?.appId === appId) return release;
  throw new PlatformError('not_found', "Couldn't find that release.", { resource: 'release' });
}

async function lookUp(rows: Rows, appId: string, asked: string): Promise<Release | null> {
  if (asked === 'current') return currentRelease(rows, appId);
  if (isUuid(asked)) return rows.releases.get(asked);
  const [, version] = /^v?(\d{1,9})$/.exec(asked) ?? [];
  return version === undefined ? null : rows.releases.find({ appId, version: Number(version) });
}
