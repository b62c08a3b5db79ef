import type { Release as ReleaseShape } from '@heroku-cli/schema';
import type { Account, App, Release } from '@jangada/core';
import type { Context } from '../../context.ts';
import type { AppCall, Origin } from '../../http/route.ts';
import { accountsById, personOf } from '../account/people.ts';
import { outputStreamUrl } from '../output-streams/url.ts';
import { currentRelease } from './newest.ts';

export interface ReleaseView {
  readonly context: Context;
  readonly origin: Origin;
  readonly app: App;
  readonly accounts: ReadonlyMap<string, Account>;
  /** Id of the release that the app runs. */
  readonly currentId: string | null;
}

/** The variant 3.sdk; `expired` is a status that the types of version 3 do not have yet. */
export type ReleaseAnswer = Omit<ReleaseShape, 'status'> & { readonly status: Release['status'] };

export function presentRelease(release: Release, view: ReleaseView): ReleaseAnswer {
  const { context, origin, app } = view;
  const { outputStreamId } = release;
  return {
    addon_plan_names: [],
    app: { id: app.id, name: app.name },
    artifacts: release.slugId === null ? [] : [{ type: 'slug', id: release.slugId }],
    created_at: release.createdAt.toISOString(),
    current: release.id === view.currentId,
    description: release.description,
    eligible_for_rollback: isEligibleForRollback(release),
    id: release.id,
    oci_image: null,
    output_stream_url: outputStreamId === null ? null : outputStreamUrl(context, origin, outputStreamId),
    slug: release.slugId === null ? null : { id: release.slugId },
    status: release.status,
    updated_at: release.updatedAt.toISOString(),
    user: personOf(view.accounts, release.userId),
    version: release.version,
  };
}

/** Only what once ran can run again: it has a slug, succeeded, and its slug was not expired. */
export function isEligibleForRollback(release: Release): boolean {
  return release.slugId !== null && release.status === 'succeeded';
}

export async function presentReleases(call: AppCall, releases: readonly Release[]): Promise<ReleaseAnswer[]> {
  const { context, origin, app } = call;
  const { rows } = context.store;
  const accounts = await accountsById(
    rows,
    releases.map((release) => release.userId),
  );
  const currentId = (await currentRelease(rows, app.id))?.id ?? null;
  return releases.map((release) => presentRelease(release, { context, origin, app, accounts, currentId }));
}
