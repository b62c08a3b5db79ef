import type { App as AppShape } from '@heroku-cli/schema';
import { type Account, type App, appUrl, type Settings } from '@jangada/core';
import { nameUuid } from '@jangada/platform-api';
import { gitUrl } from '../../http/origin.ts';
import type { Origin } from '../../http/route.ts';
import { personOf } from '../account/people.ts';
import { REGION } from '../regions/region.ts';
import { stackReference } from '../stacks/catalog.ts';

export interface AppView {
  readonly settings: Settings;
  readonly origin: Origin;
  readonly accounts: ReadonlyMap<string, Account>;
}

export const GENERATION = { id: nameUuid('generation:cedar'), name: 'cedar' };

/** An app in the variant 3.sdk, which holds every field of version 3. */
export function presentApp(app: App, { settings, origin, accounts }: AppView): AppShape {
  return {
    acm: app.acm,
    archived_at: null,
    base_image_name: null,
    build_stack: stackReference(app.buildStack),
    buildpack_provided_description: app.buildpackDescription,
    buildpacks: null,
    create_status: 'complete',
    created_at: app.createdAt.toISOString(),
    current_build_architecture: [],
    generation: GENERATION,
    git_url: gitUrl(origin, app.name),
    id: app.id,
    internal_routing: null,
    locked: app.locked,
    maintenance: app.maintenance,
    name: app.name,
    organization: null,
    owner: personOf(accounts, app.ownerId),
    process_tier: 'production',
    region: { id: REGION.id, name: REGION.name },
    released_at: app.releasedAt?.toISOString() ?? null,
    repo_size: app.repoSize,
    slug_size: app.slugSize,
    space: null,
    stack: stackReference(app.stack),
    team: null,
    updated_at: app.updatedAt.toISOString(),
    web_url: appUrl(settings, app.name),
  };
}
